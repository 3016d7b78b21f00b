import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { NativeConnection } from '@temporalio/worker';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { ConfigInput } from '../../src/config/config-schema.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { findTrueCondition, type ActualRecord } from '../../src/domain/actual.ts';
import { toReconcileWorkflowId, type ResourceKey } from '../../src/domain/identity.ts';
import { apiVersion } from '../../src/domain/resource.ts';
import type { Agent } from '../../src/index.ts';
import type { CreateModel } from '../../src/runtime/model-desk.ts';
import { createInstrumentedRuntime, type RunningRuntime } from '../../src/runtime/runtime.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { startEffectServer, type EffectServer } from './effect-server-process.ts';
import { toLargeHint } from './large-hint.ts';
import { startTestServers, type TestServers } from './test-servers.ts';
import { waitFor } from './wait-for.ts';
import { openAll, type Closers } from '../../src/runtime/closers.ts';
import { createWidgetAgent, type WidgetAgentOptions } from './widget-agent.ts';
import { giveTestBundle } from './workflow-bundle.ts';

/** Real servers, the oracle, and a runtime with the widget agent in this very process. */
export interface TestBed {
  readonly servers: TestServers;
  readonly effects: EffectServer;
  readonly runtime: RunningRuntime;
  put(name: string, spec: object, metadata?: object): Promise<ResourceKey>;
  putRaw(key: ResourceKey, text: string): Promise<void>;
  remove(name: string): Promise<void>;
  actual(name: string): Promise<ActualRecord | undefined>;
  /** Waits until the last written desired was dealt with, well or badly. */
  settled(name: string): Promise<ActualRecord>;
  /** Waits for a condition on the resource. */
  condition(name: string, type: string, reason?: string): Promise<ActualRecord>;
  signal(name: string, signal: string, payload?: unknown): Promise<void>;
  /** Says something to an open run until its history has grown so long that it goes on in a new one. */
  outgrow(name: string): Promise<void>;
  /** Ends of all runs of the resource, waited for. */
  closed(name: string): Promise<void>;
  /** Keeps the resource's histories in test/replay/histories when HOMEOSTAT_TEST_RECORD=1. */
  record(name: string, branch: string): Promise<void>;
  /** The same of any ended run by its id. */
  recordRun(workflowId: string, branch: string): Promise<void>;
  /** With the configuration given here in place of the one before. */
  restartRuntime(config?: ConfigInput): Promise<void>;
  stop(): Promise<void>;
}

export interface TestBedOptions extends Omit<WidgetAgentOptions, 'effectServer'> {
  readonly mode?: 'keyed' | 'plain';
  readonly config?: ConfigInput;
  readonly agents?: readonly Agent[];
  readonly maxCachedWorkflows?: number;
  readonly createModel?: CreateModel;
}

const historiesFolder = fileURLToPath(new URL('../replay/histories/', import.meta.url));

/** A history as it may be kept: replay needs neither the paths in stack traces nor who polled. */
export function withoutMachine(history: string): string {
  return history
    .replaceAll(/"stackTrace": "(?:[^"\\]|\\.)*"/g, '"stackTrace": ""')
    .replaceAll(/"identity": "[0-9]+@[^"]*"/g, '"identity": "recorded"');
}

/**
 * Files share a process, and the SDK ends with the last connection: the next file would begin it anew, on a port for its
 * metrics that another process may have taken meanwhile.
 */
let held: NativeConnection | undefined;

export function widgetKey(name: string): ResourceKey {
  return { tenant: 'default', kind: 'Widget', name };
}

export function startTestBed(options: TestBedOptions = {}): Promise<TestBed> {
  return openAll(console, (closers) => startParts(closers, options));
}

async function startParts(closers: Closers, options: TestBedOptions): Promise<TestBed> {
  const servers = await startTestServers();
  closers.add(() => servers.stop());
  const effects = await startEffectServer(servers.folder, options.mode ?? 'keyed');
  closers.add(() => effects.stop());
  const toConfig = (given: ConfigInput | undefined) =>
    loadConfig({
      environment: {},
      overrides: {
        ...given,
        dataDir: join(servers.folder, 'host-a'),
        temporal: { address: servers.temporalAddress },
        etcd: { endpoints: [...servers.etcdEndpoints] },
      },
    });
  let config = toConfig(options.config);
  const agents = [createWidgetAgent({ ...options, effectServer: effects.url }), ...(options.agents ?? [])];
  const start = () =>
    createInstrumentedRuntime({
      agents,
      config,
      log: createLogger('info', join(servers.folder, 'runtime.log')),
      ...(options.createModel === undefined ? {} : { createModel: options.createModel }),
      ...(options.maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows: options.maxCachedWorkflows }),
    }).start();
  await giveTestBundle(config.dataDir);
  let runtime = await start();
  closers.add(() => runtime.stop());
  held ??= await NativeConnection.connect({ address: servers.temporalAddress });
  const { state, keys, client } = servers;

  const bed: TestBed = {
    servers,
    effects,
    get runtime() {
      return runtime;
    },
    async put(name, spec, metadata = {}) {
      const key = widgetKey(name);
      await bed.putRaw(key, JSON.stringify({ apiVersion, kind: key.kind, metadata: { name, ...metadata }, spec }));
      return key;
    },
    async putRaw(key, value) {
      await state.store.commit([], [{ type: 'put', key: keys.desired(key), value }]);
    },
    remove: async (name) => void (await state.resources.deleteDesired(widgetKey(name))),
    actual: async (name) => (await state.resources.read(widgetKey(name))).actual?.record,
    settled: (name) =>
      waitFor(`${name} to be settled`, async () => {
        const { desired, actual } = await state.resources.read(widgetKey(name));
        if (desired === undefined && actual === undefined) return { gone: true } as unknown as ActualRecord;
        return actual?.record.status.settledRevision === (desired?.modRevision ?? 0) ? actual.record : undefined;
      }),
    condition: (name, type, reason) =>
      waitFor(`${name} to have ${type} ${reason ?? ''}`, async () => {
        const record = await bed.actual(name);
        const found = findTrueCondition(record?.status.conditions, type);
        return found !== undefined && (reason === undefined || found.reason === reason) ? record : undefined;
      }),
    signal: async (name, signal, payload) => {
      await client.workflow
        .getHandle(toReconcileWorkflowId(widgetKey(name)))
        .signal(signal, ...(payload === undefined ? [] : [payload]));
    },
    async outgrow(name) {
      const handle = client.workflow.getHandle(toReconcileWorkflowId(widgetKey(name)));
      const { runId } = await handle.describe();
      await waitFor(
        `a new run of ${name}`,
        async () => {
          await bed.signal(name, 'changed', toLargeHint('desired-changed'));
          // Answered when the run has heard it: one that is told more meanwhile cannot go on in a new one.
          await handle.query('status');
          return (await handle.describe()).runId !== runId;
        },
        120_000,
      );
    },
    closed: async (name) => {
      await waitFor(`the run of ${name} to end`, async () => {
        const { status } = await client.workflow.getHandle(toReconcileWorkflowId(widgetKey(name))).describe();
        return status.name !== 'RUNNING';
      });
    },
    async record(name, branch) {
      if (process.env.HOMEOSTAT_TEST_RECORD !== '1') return;
      await bed.closed(name);
      await bed.recordRun(toReconcileWorkflowId(widgetKey(name)), branch);
    },
    async recordRun(workflowId, branch) {
      if (process.env.HOMEOSTAT_TEST_RECORD !== '1') return;
      mkdirSync(historiesFolder, { recursive: true });
      let index = 0;
      for await (const { runId } of client.workflow.list({ query: `WorkflowId = "${workflowId}"` })) {
        const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
        index += 1;
        const file = join(historiesFolder, `${branch}${index === 1 ? '' : `-${index}`}.json`);
        const text = `${withoutMachine(historyToJSON(history))}\n`;
        // A history of thousands of events is kept packed.
        if (text.length < 100_000) writeFileSync(file, text);
        else writeFileSync(`${file}.gz`, gzipSync(text));
      }
    },
    async restartRuntime(given) {
      await runtime.stop();
      if (given !== undefined) config = toConfig(given);
      runtime = await start();
    },
    stop: () => closers.closeAll(),
  };
  return bed;
}
