import { expect } from 'vitest';
import { findTrueCondition, type ActualRecord } from '../../src/domain/actual.ts';
import { showResource, toReconcileWorkflowId, type ResourceKey } from '../../src/domain/identity.ts';
import { apiVersion } from '../../src/domain/resource.ts';
import type { EtcdConnection } from '../../src/state/etcd-connection.ts';
import { describeRuns } from './describe-runs.ts';
import { startEffectServer, type EffectServer, type LoggedEffect } from './effect-server-process.ts';
import { checkInvariants, checkRests, effectsOn, type Rest } from './fault-oracle.ts';
import { fetchHistories, findReplayFaults, type FetchedHistory } from './replay-histories.ts';
import { startTestRuntime, type TestRuntime, type TestRuntimeOptions } from './test-runtime.ts';
import { startTestServers, type TestServers } from './test-servers.ts';
import { waitFor } from './wait-for.ts';
import { openAll, type Closers } from '../../src/runtime/closers.ts';

export interface WidgetToPut {
  readonly name: string;
  readonly spec: object;
  readonly annotations?: object;
}

/** Servers, oracle and runtimes as processes, each of which can be killed or frozen; for tests of faults. */
export interface FaultBed {
  readonly servers: TestServers;
  readonly effects: EffectServer;
  start(options?: Omit<TestRuntimeOptions, 'effects'>): Promise<TestRuntime>;
  put(name: string, spec: object, kind?: string): Promise<ResourceKey>;
  /** Many widgets, a hundred in one transaction. */
  putMany(widgets: readonly WidgetToPut[]): Promise<readonly ResourceKey[]>;
  remove(key: ResourceKey): Promise<void>;
  status(key: ResourceKey): Promise<ActualRecord['status'] | undefined>;
  running(key: ResourceKey, timeoutMs?: number): Promise<void>;
  /** Waits until nothing is on record of it. */
  gone(key: ResourceKey): Promise<void>;
  /** Waits until a condition holds with this reason, and gives its message. */
  condition(key: ResourceKey, type: string, reason?: string): Promise<string>;
  signal(key: ResourceKey, signal: string, payload: object): Promise<void>;
  effectsOn(key: ResourceKey): readonly LoggedEffect[];
  /**
   * What every fault must leave whole, see `fault-oracle.ts`. When the bed is stopped, what is at rest must be so still, and
   * the histories there are now must replay: all at once, since a replay costs as much to begin as for ten of them.
   */
  checkOracle(...keys: readonly ResourceKey[]): Promise<void>;
  /** How many runs the resource has had. */
  runsOf(key: ResourceKey): Promise<number>;
  killRuntimes(): Promise<void>;
  stop(): Promise<void>;
}

const inOneTransaction = 100;

export function startFaultBed(mode: 'keyed' | 'plain' = 'keyed', ownEtcd?: EtcdConnection): Promise<FaultBed> {
  return openAll(console, (closers) => startParts(closers, mode, ownEtcd));
}

async function startParts(
  closers: Closers,
  mode: 'keyed' | 'plain',
  ownEtcd: EtcdConnection | undefined,
): Promise<FaultBed> {
  const servers = await startTestServers(ownEtcd);
  closers.add(() => servers.stop());
  const effects = await startEffectServer(servers.folder, mode);
  closers.add(() => effects.stop());
  const runtimes: TestRuntime[] = [];
  const rests = new Map<string, Rest>();
  const histories = new Map<string, FetchedHistory>();
  /** A wait that fails says what the runtimes said last, and what Temporal holds. */
  const waitWithLogs = <Value>(...[what, ask, timeoutMs]: Parameters<typeof waitFor<Value>>) =>
    waitFor<Value>(what, ask, timeoutMs ?? 40_000).catch(async (error: unknown) => {
      const logs = runtimes.map((runtime) => runtime.logText().split('\n').slice(-40).join('\n'));
      const runs = await describeRuns(servers.client);
      throw new Error([what, ...logs, runs].join('\n---\n'), { cause: error });
    });
  const toWrite = (name: string, spec: object, kind: string, annotations: object = {}) => {
    const key = { tenant: 'default', kind, name };
    const value = JSON.stringify({ apiVersion, kind, metadata: { name, annotations }, spec });
    return { key, write: { type: 'put', key: servers.keys.desired(key), value } } as const;
  };
  const bed: FaultBed = {
    servers,
    effects,
    async start(options = {}) {
      const runtime = await startTestRuntime(servers, { ...options, effects: effects.url, plain: mode === 'plain' });
      runtimes.push(runtime);
      return runtime;
    },
    async put(name, spec, kind = 'Widget') {
      const { key, write } = toWrite(name, spec, kind);
      await servers.state.store.commit([], [write]);
      return key;
    },
    async putMany(widgets) {
      const all = widgets.map(({ name, spec, annotations }) => toWrite(name, spec, 'Widget', annotations));
      for (let from = 0; from < all.length; from += inOneTransaction) {
        const part = all.slice(from, from + inOneTransaction);
        await servers.state.store.commit(
          [],
          part.map(({ write }) => write),
        );
      }
      return all.map(({ key }) => key);
    },
    remove: async (key) => void (await servers.state.resources.deleteDesired(key)),
    status: async (key) => (await servers.state.resources.read(key)).actual?.record.status,
    async running(key, timeoutMs) {
      await waitWithLogs(
        `${key.name} to run`,
        async () => {
          const { desired, actual } = await servers.state.resources.read(key);
          const status = actual?.record.status;
          return status?.state === 'Running' && status.settledRevision === desired?.modRevision;
        },
        timeoutMs,
      );
    },
    async gone(key) {
      await waitWithLogs(`${key.name} to be gone`, async () => (await bed.status(key)) === undefined);
    },
    condition: (key, type, reason) =>
      waitWithLogs(`${key.name} to have ${type} ${reason ?? ''}`, async () => {
        const found = findTrueCondition((await bed.status(key))?.conditions, type);
        return found !== undefined && (reason === undefined || found.reason === reason) ? found.message : undefined;
      }),
    signal: (key, signal, payload) =>
      servers.client.workflow.getHandle(toReconcileWorkflowId(key)).signal(signal, payload),
    effectsOn: (key) => effectsOn(effects.effects(), key),
    async checkOracle(...keys) {
      for (const rest of await checkInvariants(bed, keys)) rests.set(showResource(rest.key), rest);
      for (const fetched of await fetchHistories(servers.client, keys)) histories.set(fetched.runId, fetched);
    },
    runsOf: async (key) => {
      const query = `WorkflowId = "${toReconcileWorkflowId(key)}"`;
      return (await servers.client.workflow.count(query)).count;
    },
    async killRuntimes() {
      await Promise.all(runtimes.splice(0).map((runtime) => runtime.kill()));
    },
    async stop() {
      try {
        await checkRests(bed, [...rests.values()]);
        expect(await findReplayFaults([...histories.values()])).toEqual([]);
      } finally {
        await bed.killRuntimes();
        await closers.closeAll();
      }
    },
  };
  return bed;
}
