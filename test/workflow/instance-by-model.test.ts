import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActualRecord } from '../../src/domain/actual.ts';
import { apiVersion } from '../../src/domain/resource.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { createBuiltInAgents } from '../../src/runtime/built-in-agents.ts';
import { createRuntime, type RunningRuntime } from '../../src/runtime/runtime.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import type { FakeModelServer } from '../support/fake-model-server.ts';
import { getFreePort } from '../support/free-port.ts';
import { modelSubjects } from '../support/model-subjects.ts';
import { planInstance } from '../support/scripted-instance-planner.ts';
import { startTestServers, type TestServers } from '../support/test-servers.ts';
import { waitFor } from '../support/wait-for.ts';

/*
 * The Instance agent with `planning: model`: a whole life of a real process, each change planned by a scripted model
 * behind each provider's own protocol.
 */
const program = `
import { createServer } from 'node:http';
createServer((_, response) => response.end(process.env.GREETING)).listen(Number(process.env.PORT), '127.0.0.1');
`;

let servers: TestServers;
beforeAll(async () => {
  servers = await startTestServers();
});
afterAll(() => servers?.stop());

describe.each(modelSubjects)('planned through $provider', ({ provider, createFake, apiKey, basePath, modelFor }) => {
  let runtime: RunningRuntime;
  let fake: FakeModelServer;
  let image: string;
  const key = { tenant: 'default', kind: 'Instance', name: `by-${provider}` };

  beforeAll(async () => {
    fake = createFake();
    await fake.start();
    fake.answerBy(planInstance);
    image = join(servers.folder, `image-${provider}`);
    mkdirSync(image);
    writeFileSync(join(image, 'server.mjs'), program);
    const dataDir = join(servers.folder, provider);
    const model = modelFor.schema;
    const config = loadConfig({
      environment: {},
      overrides: {
        dataDir,
        temporal: { address: servers.temporalAddress },
        etcd: { endpoints: [...servers.etcdEndpoints] },
        models: {
          planning: { instance: 'model' },
          [provider]: {
            baseUrl: `${fake.origin}${basePath}`,
            low: model,
            medium: model,
            high: model,
            ...(apiKey === undefined ? {} : { apiKey }),
          },
        },
      },
    });
    const log = createLogger('info', join(servers.folder, 'runtime.log'));
    runtime = await createRuntime({ agents: createBuiltInAgents(dataDir), config, log }).start();
  });
  afterAll(async () => {
    const pid = (await actual().catch(() => undefined))?.status.observed?.pid;
    if (typeof pid === 'number') process.kill(-pid, 'SIGKILL');
    await runtime?.stop();
    await fake?.stop();
  });

  const actual = async (): Promise<ActualRecord | undefined> =>
    (await servers.state.resources.read(key)).actual?.record;
  /** The tools with effects that a change led to, in their order. */
  const change = async (spec: object): Promise<readonly unknown[]> => {
    const before = (await servers.state.audit.list(key)).length;
    await servers.state.store.commit(
      [],
      [
        {
          type: 'put',
          key: servers.keys.desired(key),
          value: JSON.stringify({ apiVersion, kind: key.kind, metadata: { name: key.name }, spec }),
        },
      ],
    );
    await waitFor('it to be brought about', async () => {
      const { desired, actual: record } = await servers.state.resources.read(key);
      return (
        record?.record.status.settledRevision === desired?.modRevision && record?.record.status.state === 'Running'
      );
    });
    return (await servers.state.audit.list(key))
      .slice(before)
      .filter(({ type }) => type === 'step-end')
      .map(({ detail }) => detail.toolName);
  };

  test('is created, changed, stopped, started, replaced and removed, each by its own tools', async () => {
    const port = await getFreePort();
    const spec = {
      image,
      command: ['node', 'server.mjs'],
      env: { GREETING: 'hello' },
      ports: [port],
      healthCheck: { type: 'http', port, path: '/' },
    };
    const page = async () => (await fetch(`http://127.0.0.1:${port}/`)).text();
    expect(await change(spec)).toEqual(['provision_instance']);
    expect(await page()).toBe('hello');

    const changed = { ...spec, env: { GREETING: 'good day' } };
    expect(await change(changed)).toEqual(['configure_instance', 'restart_instance']);
    expect(await page()).toBe('good day');

    expect(await change({ ...changed, desiredState: 'stopped' })).toEqual(['stop_instance']);
    await expect(page()).rejects.toThrow();
    expect(await change(changed)).toEqual(['start_instance']);
    expect(await page()).toBe('good day');

    writeFileSync(join(image, 'new.txt'), 'another image');
    const moved = { ...changed, env: { GREETING: 'good day' }, type: 'medium' };
    expect(await change(moved)).toEqual(['provision_instance']);
    expect(fake.requests).toHaveLength(5);

    await servers.state.resources.deleteDesired(key);
    const seal = await waitFor('the question', async () => {
      const condition = (await actual())?.status.conditions.find(({ type }) => type === 'AwaitingApproval');
      return /seal ([0-9a-f]{64})/.exec(condition?.message ?? '')?.[1];
    });
    expect(await page()).toBe('good day');
    await servers.client.workflow
      .getHandle(`reconcile.default.Instance.${key.name}`)
      .signal('approve', { seal, approver: 'ann' });
    await waitFor('it to be gone', async () => (await actual()) === undefined);
    await expect(page()).rejects.toThrow();
    expect(fake.requests).toHaveLength(6);
  });
});
