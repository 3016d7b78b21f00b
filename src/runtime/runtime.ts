import { join } from 'node:path';
import type { WorkerInterceptors } from '@temporalio/worker';
import { createActivities } from '../activities/create-activities.ts';
import { sweepHost } from '../activities/sweep-host.ts';
import type { Agent } from '../agents/agent.ts';
import { createAgentRegistry } from '../agents/agent-registry.ts';
import { loadConfig, readSecret, type LoadedConfig } from '../config/load-config.ts';
import { describeThrown } from '../domain/failure.ts';
import { showResource } from '../domain/identity.ts';
import { createKeys } from '../domain/keys.ts';
import { createHintSender } from '../starters/hint-sender.ts';
import { createWatcher } from '../starters/watcher.ts';
import { createFileArchive } from '../state/audit-archive.ts';
import { createState, type State } from '../state/state.ts';
import { createLogger, type Logger } from '../telemetry/logger.ts';
import { createWorkers } from '../workers/create-workers.ts';
import { installSdkLogging } from '../workers/sdk-logging.ts';
import { loadWorkflowBundle } from '../workers/workflow-bundle.ts';
import { connectTemporal, hasSearchAttributes } from './connect.ts';
import { startHealthServer, type Health } from './health-server.ts';
import { loadHostId } from './host-id.ts';
import { startHousekeeping } from './housekeeping.ts';
import { publishRegistry } from './publish.ts';
import { readTargets } from './targets.ts';

export interface RuntimeOptions {
  readonly agents: readonly Agent[];
  /** Default: `homeostat.yaml`, the environment and `<dataDir>/endpoints.json`. */
  readonly config?: LoadedConfig;
  readonly log?: Logger;
  /** Temporal's own worker interceptors, for tracing and for tests. */
  readonly interceptors?: WorkerInterceptors;
  /** Workflows kept in memory; small values are for tests of replay. */
  readonly maxCachedWorkflows?: number;
}

export interface RunningRuntime {
  readonly host: string;
  readonly healthUrl: string;
  health(): Health;
  /** Resources whose real things this host owns, a line each, from `actual`. */
  listOwned(): Promise<readonly string[]>;
  /** Resolves when all has stopped; rejects when a worker failed. */
  readonly stopped: Promise<void>;
  /** Takes nothing new, lets running steps finish within the grace time, then closes everything. */
  stop(): Promise<void>;
}

export interface Runtime {
  start(): Promise<RunningRuntime>;
  /** Starts, and stops gracefully on SIGINT or SIGTERM; a second signal ends at once. */
  run(): Promise<void>;
}

/**
 * The Agent Runtime: one process that carries all agents. Its phases run in this order: agents and tools are registered
 * and checked (a broken one throws here), servers connected, kinds published, work taken, and last the watch begins.
 */
export function createRuntime(options: RuntimeOptions): Runtime {
  const registry = createAgentRegistry(options.agents);
  const start = async (): Promise<RunningRuntime> => {
    const config = options.config ?? loadConfig();
    const log = options.log ?? createLogger(config.log.level);
    installSdkLogging(log);
    const host = loadHostId(config.dataDir, config.runtime.host);
    const { roles } = config.runtime;
    const target = readTargets(config);
    const keys = createKeys(config.etcd.root);
    const state = createState(target.etcd, keys, { archive: createFileArchive(join(config.dataDir, 'audit')) });
    await publishRegistry(registry, state.store, keys);
    const temporal = await connectTemporal(target.temporal, log);
    const searchAttributes = await hasSearchAttributes(temporal.client, target.temporal.namespace, log);
    const announced = await state.hosts.announce(host);

    const workers = roles.includes('worker')
      ? await createWorkers({
          connection: temporal.native,
          namespace: target.temporal.namespace,
          workflowBundle: await loadWorkflowBundle(join(config.dataDir, 'cache')),
          activities: createActivities({
            registry,
            state,
            host,
            log,
            readSecret: async (reference) => readSecret(reference),
            settings: {
              approvalExpiresAfterMs: config.approvals.expireAfter,
              retryFirstMs: config.retry.first,
              retryLongestMs: config.retry.longest,
            },
          }),
          host,
          concurrentActivities: config.runtime.concurrentActivities,
          concurrentWorkflowTasks: config.runtime.concurrentWorkflowTasks,
          shutdownGraceMs: config.runtime.shutdownGrace,
          shutdownForceMs: config.runtime.shutdownForce,
          ...(config.runtime.toolsPerSecond === undefined ? {} : { toolsPerSecond: config.runtime.toolsPerSecond }),
          ...(options.interceptors === undefined ? {} : { interceptors: options.interceptors }),
          ...(options.maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows: options.maxCachedWorkflows }),
        })
      : undefined;
    const hints = createHintSender({ client: temporal.client, searchAttributes, log });
    const watcher = roles.includes('watcher')
      ? createWatcher({ connection: target.etcd, keys, hints, log })
      : undefined;

    let stopping = false;
    const health = (): Health => {
      const watching = watcher?.state();
      const checks: Health['checks'] = {
        ...(workers === undefined ? {} : { workers: { ok: !stopping } }),
        ...(watching === undefined
          ? {}
          : {
              watcher: {
                ok: watching.connected,
                detail: watching.cause ?? `${watching.resources} resources, revision ${watching.lastRevision}`,
              },
              hints: { ok: hints.trouble === undefined, detail: hints.trouble ?? `${hints.pending} pending` },
            }),
      };
      const agents = registry.agents.map((agent) => ({
        name: agent.name,
        kinds: agent.kinds.map((kind) => kind.kind),
        tools: agent.tools().length,
      }));
      return { ready: !stopping && Object.values(checks).every((check) => check.ok), checks, agents };
    };
    const healthServer = await startHealthServer(config.runtime.healthPort, health);
    await watcher?.start();
    for (const agent of health().agents) log.info(agent, 'agent registered');
    log.info({ host, roles, healthUrl: healthServer.url }, 'ready');
    const sweeping = new AbortController();
    const swept = roles.includes('worker')
      ? sweepHost({ registry, state, host, log }, sweeping.signal).catch((error: unknown) =>
          log.warn({ cause: describeThrown(error) }, 'cannot look at what this host owns'),
        )
      : undefined;

    const housekeeping = startHousekeeping(state, log);

    const closeAll = async () => {
      await housekeeping.stop();
      sweeping.abort();
      await swept;
      await watcher?.close();
      await hints.close();
      workers?.shutdown();
      await workers?.stopped;
      await healthServer.close();
      await announced.close();
      await temporal.close();
      await state.close();
      log.info({ host }, 'stopped');
    };
    let closed: Promise<void> | undefined;
    const stop = () => {
      stopping = true;
      return (closed ??= closeAll());
    };
    const neverEnds = new Promise<void>(() => {});
    const stopped = (workers?.stopped ?? neverEnds).then(stop, async (error: unknown) => {
      log.error({ cause: describeThrown(error) }, 'a worker failed');
      await stop().catch(() => undefined);
      throw error;
    });
    return { host, healthUrl: healthServer.url, health, listOwned: () => listOwned(state, host), stopped, stop };
  };

  return {
    start,
    async run() {
      const running = await start();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.once(signal, () => {
          process.once(signal, () => process.exit(130));
          void running.stop();
        });
      }
      await running.stopped;
      await running.stop();
    },
  };
}

async function listOwned(state: State, host: string): Promise<readonly string[]> {
  const all = await state.resources.list();
  return all
    .filter(({ actual }) => actual?.record.status.owner === host && actual.record.status.observed !== undefined)
    .map(({ key, actual }) => {
      const pid = actual?.record.status.observed?.pid;
      return `${key.tenant} ${showResource(key)}${typeof pid === 'number' ? ` (process ${pid})` : ''}`;
    })
    .toSorted();
}
