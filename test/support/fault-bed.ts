import { expect } from 'vitest';
import type { ActualRecord } from '../../src/domain/actual.ts';
import type { ResourceKey } from '../../src/domain/identity.ts';
import { apiVersion } from '../../src/domain/resource.ts';
import { startEffectServer, type EffectServer, type LoggedEffect } from './effect-server-process.ts';
import { startTestRuntime, type TestRuntime, type TestRuntimeOptions } from './test-runtime.ts';
import { startTestServers, type TestServers } from './test-servers.ts';
import { waitFor } from './wait-for.ts';

/** Servers, oracle and runtimes as processes, each of which can be killed or frozen; for tests of faults. */
export interface FaultBed {
  readonly servers: TestServers;
  readonly effects: EffectServer;
  start(options?: Omit<TestRuntimeOptions, 'effects'>): Promise<TestRuntime>;
  put(name: string, spec: object): Promise<ResourceKey>;
  status(key: ResourceKey): Promise<ActualRecord['status'] | undefined>;
  running(key: ResourceKey, timeoutMs?: number): Promise<void>;
  effectsOn(key: ResourceKey): readonly LoggedEffect[];
  /** What every fault must leave whole: each key at most once, nothing open, the audit chain unbroken. */
  checkOracle(key: ResourceKey): Promise<void>;
  stop(): Promise<void>;
}

export async function startFaultBed(mode: 'keyed' | 'plain' = 'keyed'): Promise<FaultBed> {
  const servers = await startTestServers();
  const effects = await startEffectServer(servers.folder, mode);
  const runtimes: TestRuntime[] = [];
  const bed: FaultBed = {
    servers,
    effects,
    async start(options = {}) {
      const runtime = await startTestRuntime(servers, { ...options, effects: effects.url, plain: mode === 'plain' });
      runtimes.push(runtime);
      return runtime;
    },
    async put(name, spec) {
      const key = { tenant: 'default', kind: 'Widget', name };
      const value = JSON.stringify({ apiVersion, kind: key.kind, metadata: { name }, spec });
      await servers.state.store.commit([], [{ type: 'put', key: servers.keys.desired(key), value }]);
      return key;
    },
    status: async (key) => (await servers.state.resources.read(key)).actual?.record.status,
    async running(key, timeoutMs = 40_000) {
      await waitFor(
        `${key.name} to run`,
        async () => {
          const { desired, actual } = await servers.state.resources.read(key);
          const status = actual?.record.status;
          return status?.state === 'Running' && status.settledRevision === desired?.modRevision;
        },
        timeoutMs,
      ).catch((error: unknown) => {
        const logs = runtimes.map((runtime) => runtime.logText().split('\n').slice(-40).join('\n'));
        throw new Error(logs.join('\n---\n'), { cause: error });
      });
    },
    effectsOn: ({ tenant, name }) => {
      const object = `${tenant}.widget.${name}`;
      return effects
        .effects()
        .filter((effect) => effect.object === object || effect.object.startsWith(`${object}-part-`));
    },
    async checkOracle(key) {
      const idempotencyKeys = bed.effectsOn(key).map((effect) => effect.key);
      expect(new Set(idempotencyKeys).size).toBe(idempotencyKeys.length);
      expect(await servers.state.ledger.listOpen(key)).toEqual([]);
      expect(await servers.state.audit.verify(key)).toBeUndefined();
    },
    async stop() {
      await Promise.all(runtimes.map((runtime) => runtime.kill()));
      await effects.stop();
      await servers.stop();
    },
  };
  return bed;
}
