import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeFlags } from '../../bench/support/node-flags.ts';
import type { ResourceKey } from '../../src/domain/identity.ts';
import { apiVersion } from '../../src/domain/resource.ts';
import { findFreePort } from '../../src/servers/index.ts';
import { toAlert, toWebhook } from '../../test/support/alerts.ts';
import { environmentOf, projectRoot, runProgram } from '../../test/support/run-program.ts';
import { startTestServers } from '../../test/support/test-servers.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { noteCleanUp } from '../stage/clean-up.ts';
import { imageFolder, type Service } from '../stage/service.ts';
import type { Approach, ApproachName, Said } from './approach.ts';
import { toSaid, type Description } from './homeostat-said.ts';

const main = 'src/cli/main.ts';
const intakeToken = 'a-token-of-the-evaluation';
const readyMs = 120_000;
const describeTries = 3;

/**
 * Homeostat as it is installed, in the shipped configuration but for where things are: a real Temporal, a real etcd, the
 * runtime as a process of its own, alerts by its HTTP intake, and what it says read by its own command line, its audit
 * trail from the store.
 */
export async function createHomeostat(name: ApproachName, models: NodeJS.ProcessEnv): Promise<Approach> {
  const servers = await startTestServers();
  noteCleanUp('place', () => servers.stop());
  const dataDir = join(servers.folder, 'data-of-runtime');
  mkdirSync(dataDir, { recursive: true });
  const port = await findFreePort();
  const environment = { ...environmentOf(servers, dataDir), ...models };
  const logFile = join(dataDir, 'output.log');
  const log = openSync(logFile, 'a');
  const runtime = spawn(process.execPath, [...nodeFlags, main, 'runtime'], {
    cwd: projectRoot,
    stdio: ['ignore', log, log],
    env: { ...environment, HOMEOSTAT_INTAKE_TOKEN: intakeToken, HOMEOSTAT_INTAKE_PORT: String(port) },
  });
  closeSync(log);
  const ended = once(runtime, 'exit');
  await waitFor(
    'the runtime to be ready',
    () => {
      if (runtime.exitCode !== null) throw new Error(readFileSync(logFile, 'utf8'));
      return readFileSync(logFile, 'utf8').includes('"msg":"ready"');
    },
    readyMs,
  );
  const { state } = servers;
  const put = async (service: Service, desiredState: 'running' | 'stopped') => {
    const key = toKey(service);
    const value = JSON.stringify(toResource(service, desiredState));
    await state.store.commit([], [{ type: 'put', key: servers.keys.desired(key), value }]);
  };
  /** Command lines cost most of a second each, of a processor that the services need. */
  const describe = inTurn(async ({ name: instance }: Service) => {
    const argv = [...nodeFlags, main, 'describe', `Instance/${instance}`, '--output', 'json'];
    for (let tries = 1; ; tries += 1) {
      const { code, stdout, stderr } = await runProgram(process.execPath, argv, { environment });
      if (code === 0) return JSON.parse(stdout) as Omit<Description, 'service' | 'audit'>;
      // On a machine with too much to do the store may not answer in time.
      if (tries === describeTries) throw new Error(`homeostat describe ended with ${code}: ${stderr}`);
    }
  });
  return {
    name,
    folderOf: (service) => join(dataDir, 'instances', 'default', 'Instance', service.name),
    async deploy(services) {
      for (const service of services) await put(service, service.isStopped ? 'stopped' : 'running');
    },
    async isAtRest(services) {
      for (const service of services) {
        const { desired, actual } = await state.resources.read(toKey(service));
        if (desired === undefined || actual?.record.status.settledRevision !== desired.modRevision) return false;
        const { state: lifecycle, waitingFor = [] } = actual.record.status;
        if (['Creating', 'Updating'].includes(lifecycle) || waitingFor.length > 0) return false;
        const incidents = await state.incidents.listOf(toKey(service));
        if (incidents.some((incident) => incident.state === 'open')) return false;
      }
      return true;
    },
    async report({ name: instance }, { alertname, status = 'firing', text, times = 1 }) {
      const alert = toAlert({
        status,
        startsAt: new Date().toISOString(),
        labels: { alertname, resource_id: instance },
        annotations: {
          summary: text ?? `${alertname} on ${instance}`,
          description: text ?? 'It has been so for a while.',
        },
      });
      const answer = await fetch(`http://127.0.0.1:${port}/v1/alerts`, {
        method: 'POST',
        headers: { authorization: `Bearer ${intakeToken}`, 'content-type': 'application/json' },
        body: JSON.stringify(toWebhook(Array.from({ length: times }, () => alert))),
      });
      if (!answer.ok) throw new Error(`the alert was answered with ${answer.status}: ${await answer.text()}`);
    },
    async said(services, since): Promise<Said> {
      const descriptions = await Promise.all(
        services.map(async (service) => ({
          service: service.name,
          ...(await describe(service)),
          // The command line shows the end of the trail alone.
          audit: await state.audit.list(toKey(service)),
        })),
      );
      return toSaid(descriptions, since);
    },
    async remove(services) {
      for (const service of services) await put(service, 'stopped');
    },
    async stop() {
      runtime.kill('SIGTERM');
      await ended;
    },
  };
}

function toKey({ name }: Service): ResourceKey {
  return { tenant: 'default', kind: 'Instance', name };
}

/** What a person would write of the service. */
function toResource(service: Service, desiredState: 'running' | 'stopped') {
  const { name, dependsOn, command, env, files, type, port } = service;
  return {
    apiVersion,
    kind: 'Instance',
    metadata: { name, ...(dependsOn.length === 0 ? {} : { dependsOn: dependsOn.map((other) => `Instance/${other}`) }) },
    spec: {
      image: imageFolder,
      command,
      env,
      files,
      type,
      ports: [port],
      healthCheck: { type: 'http', port, path: '/healthz' },
      desiredState,
    },
  };
}

/** One after the other. */
function inTurn<Argument, Result>(work: (argument: Argument) => Promise<Result>) {
  let previous: Promise<unknown> = Promise.resolve();
  return (argument: Argument): Promise<Result> => {
    const mine = previous.then(
      () => work(argument),
      () => work(argument),
    );
    previous = mine;
    return mine;
  };
}
