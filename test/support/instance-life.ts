import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import type { instanceSpecSchema } from '../../src/agents/instance/instance-kind.ts';
import { configSchema, type ConfigInput } from '../../src/config/config-schema.ts';
import type { ModelsConfig } from '../../src/config/models-schema.ts';
import type { ActualRecord } from '../../src/domain/actual.ts';
import type { AuditRecord } from '../../src/domain/audit.ts';
import { toReconcileWorkflowId, type ResourceKey } from '../../src/domain/identity.ts';
import { apiVersion } from '../../src/domain/resource.ts';
import { createBuiltInAgents } from '../../src/runtime/built-in-agents.ts';
import { stopOwnedInstances } from '../../src/runtime/owned-instances.ts';
import { createRuntime, type RunningRuntime } from '../../src/runtime/runtime.ts';
import { findFreePort } from '../../src/servers/index.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import type { TestServers } from './test-servers.ts';
import { waitFor } from './wait-for.ts';
import { giveTestBundle } from './workflow-bundle.ts';

export interface InstanceLifeOptions {
  readonly servers: TestServers;
  readonly name: string;
  readonly models: ModelsConfig;
  /** What its image runs. It gets its port as PORT. */
  readonly program: string;
  readonly heal?: ConfigInput['heal'];
  /** How long a change may take. */
  readonly patienceMs?: number;
}

/** One instance, a real process with a page, and a runtime of its own that brings it through its changes. */
export interface InstanceLife {
  readonly key: ResourceKey;
  /** The least to want of it: the image, the command, the port and the health check. */
  readonly spec: Pick<z.input<typeof instanceSpecSchema>, 'image' | 'command' | 'ports' | 'healthCheck'>;
  putProgram(program: string): void;
  page(path?: string): Promise<string>;
  actual(): Promise<ActualRecord | undefined>;
  records(): Promise<readonly AuditRecord[]>;
  /**
   * Says what is wanted, nothing with `undefined`, and waits until the run has dealt with it; throws where it ended
   * blocked. What asks for approval gets it after `beforeApproval`, and without that never. The tools with effects that
   * it led to, in their order.
   */
  change(spec: object | undefined, beforeApproval?: () => Promise<void>): Promise<readonly string[]>;
  /** Starts the runtime again, with an agent that plans so. */
  restart(planning: 'model' | 'rules-first'): Promise<void>;
  stop(): Promise<void>;
}

/** A program that says its variable GREETING, and a sign of its image. */
export const greeter = (sign = ''): string => `
import { createServer } from 'node:http';
createServer((_, response) => response.end(process.env.GREETING + '${sign}')).listen(Number(process.env.PORT), '127.0.0.1');
`;

/** The tools with effects on record, in their order. */
export function effectsOf(records: readonly AuditRecord[]): readonly string[] {
  return records.filter(({ type }) => type === 'step-end').map(({ detail }) => detail.toolName as string);
}

export async function startInstanceLife(options: InstanceLifeOptions): Promise<InstanceLife> {
  const { servers, name, models, program, heal = {}, patienceMs } = options;
  const { state, keys, client, folder } = servers;
  const key: ResourceKey = { tenant: 'default', kind: 'Instance', name };
  const dataDir = join(folder, name);
  const image = join(folder, `image-${name}`);
  const port = await findFreePort();
  // No file of this folder is read: it may say who is to be told of things.
  const config = configSchema.parse({
    dataDir,
    temporal: { address: servers.temporalAddress },
    etcd: { endpoints: [...servers.etcdEndpoints] },
    sweep: { every: '1h' },
    heal: { checks: { enabled: false }, ...heal },
  });
  const start = (planning = models.planning) =>
    createRuntime({
      agents: createBuiltInAgents(dataDir),
      config: { ...config, models: { ...models, planning }, cacheDir: join(folder, 'cache') },
      log: createLogger('info', join(folder, 'runtime.log')),
    }).start();
  const putProgram = (text: string) => writeFileSync(join(image, 'server.mjs'), text);
  mkdirSync(image);
  putProgram(program);
  await giveTestBundle(dataDir);
  let runtime: RunningRuntime = await start();

  const write = async (spec: object | undefined): Promise<void> => {
    if (spec === undefined) {
      await state.resources.deleteDesired(key);
      return;
    }
    const value = JSON.stringify({ apiVersion, kind: key.kind, metadata: { name }, spec });
    await state.store.commit([], [{ type: 'put', key: keys.desired(key), value }]);
  };
  /** Waits until what is wanted was dealt with, or for a question that was not answered yet: its seal. */
  const dealtWith = (answered: ReadonlySet<string>) =>
    waitFor(
      'the change to be dealt with',
      async () => {
        const { desired, actual } = await state.resources.read(key);
        const { settledRevision = 0, conditions = [] } = actual?.record.status ?? {};
        const question = conditions.find(({ type }) => type === 'AwaitingApproval');
        const seal = /seal ([0-9a-f]{64})/.exec(question?.message ?? '')?.[1];
        if (seal !== undefined && !answered.has(seal)) return { seal };
        return settledRevision === (desired?.modRevision ?? 0) ? {} : undefined;
      },
      patienceMs,
    );
  const life: InstanceLife = {
    key,
    spec: { image, command: ['node', 'server.mjs'], ports: [port], healthCheck: { type: 'http', port, path: '/' } },
    putProgram,
    page: async (path = '/') => (await fetch(`http://127.0.0.1:${port}${path}`)).text(),
    actual: async () => (await state.resources.read(key)).actual?.record,
    records: () => state.audit.list(key),
    async change(spec, beforeApproval) {
      const before = (await life.records()).length;
      await write(spec);
      const answered = new Set<string>();
      for (let { seal } = await dealtWith(answered); seal !== undefined; { seal } = await dealtWith(answered)) {
        if (beforeApproval === undefined) throw new Error('it asks for approval');
        await beforeApproval();
        answered.add(seal);
        await client.workflow.getHandle(toReconcileWorkflowId(key)).signal('approve', { seal, approver: 'ann' });
      }
      const records = (await life.records()).slice(before);
      const blocked = records.find(({ type, detail }) => type === 'run-recorded' && detail.outcome === 'blocked');
      if (blocked !== undefined)
        throw new Error(`${blocked.detail.code as string} ${blocked.detail.message as string}`);
      return effectsOf(records);
    },
    async restart(planning) {
      await runtime.stop();
      runtime = await start({ instance: planning });
    },
    async stop() {
      await runtime.stop();
      await stopOwnedInstances(dataDir, () => undefined);
    },
  };
  return life;
}
