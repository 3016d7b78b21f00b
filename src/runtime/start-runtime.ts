import { join } from 'node:path';
import type { ActivityDependencies } from '../activities/dependencies.ts';
import type { AgentRegistry } from '../agents/agent-registry.ts';
import { loadConfig, readSecret, type LoadedConfig } from '../config/load-config.ts';
import { readVersion } from '../config/read-version.ts';
import { describeThrown } from '../domain/failure.ts';
import { createKeys } from '../domain/keys.ts';
import { createAskPrometheus } from '../prometheus/ask-prometheus.ts';
import { knowsSearchAttributes } from '../starters/connect-temporal.ts';
import { createFileArchive } from '../state/audit-archive.ts';
import { createEtcdStore } from '../state/etcd-store.ts';
import { createStateOver } from '../state/state.ts';
import { createTelemetry } from '../telemetry/create-telemetry.ts';
import { createLogger, type Logger } from '../telemetry/logger.ts';
import { installSdk } from '../workers/install-sdk.ts';
import { openAll, type Closers } from './closers.ts';
import { createTell } from './create-tell.ts';
import { connectForWork } from './connect-for-work.ts';
import { loadHostId } from './host-id.ts';
import { serve } from './serve.ts';
import { startLooks } from './start-looks.ts';
import { startWorkers } from './start-workers.ts';
import { listOwned } from './list-owned.ts';
import { startMetricsHistory } from './metrics-history.ts';
import { createModelDesk } from './model-desk.ts';
import { readNamedParts } from './named-parts.ts';
import { openTranscripts } from './open-transcripts.ts';
import { publishRegistry } from './publish.ts';
import type { InstrumentedRuntimeOptions, RunningRuntime } from './runtime.ts';

/**
 * Starts a runtime's parts in order: servers connected, kinds published, work taken, and last the watch, so that nothing
 * is hinted before somebody can do it. What was opened is closed again when a later part fails.
 */
export async function startRuntime(
  registry: AgentRegistry,
  options: InstrumentedRuntimeOptions,
): Promise<RunningRuntime> {
  const config = options.config ?? loadConfig();
  const log = options.log ?? createLogger(config.log.level);
  return openAll(log, (closers) => startParts(registry, options, { config, log }, closers));
}

async function startParts(
  registry: AgentRegistry,
  options: InstrumentedRuntimeOptions,
  { config, log }: { readonly config: LoadedConfig; readonly log: Logger },
  closers: Closers,
): Promise<RunningRuntime> {
  const { roles } = config.runtime;
  // Before anything is touched: a runtime that is refused leaves nothing behind.
  const { etcd, runbooks } = readNamedParts(config, registry, log);
  const kinds = registry.agents.flatMap((agent) => agent.kinds);
  const host = loadHostId(config.dataDir, config.runtime.host);
  const keys = createKeys(config.etcd.root);
  const { metricsAddress } = await installSdk(log);
  const telemetry = await createTelemetry({
    traces: config.telemetry.traces,
    version: readVersion(),
    host,
    owners: new Map(registry.agents.flatMap(({ name, kinds: own }) => own.map(({ kind }) => [kind, name]))),
    issueTypes: kinds.flatMap(({ issues }) => Object.keys(issues ?? {})),
    sdkMetricsAddress: metricsAddress,
    log,
  });
  closers.add(() => telemetry.close());
  const store = telemetry.observeStore(createEtcdStore(etcd));
  const state = createStateOver(store, keys, { archive: createFileArchive(join(config.dataDir, 'audit')) });
  closers.add(() => state.close());
  await publishRegistry(registry, state.store, keys);

  const temporal = await connectForWork(config, telemetry.clientInterceptor, log);
  closers.add(() => temporal.close());
  const searchAttributes = await knowsSearchAttributes(temporal, log);
  if (roles.includes('worker')) {
    const announced = await state.hosts.announce(host);
    closers.add(() => announced.close());
  }

  const life = { stopping: false };
  const transcripts = openTranscripts(config);
  const models = createModelDesk(config, registry, transcripts, { log, telemetry }, options.createModel);
  const { every: everyMs, keepFor: keepForMs } = config.heal.metrics;
  const history = startMetricsHistory({ everyMs, keepForMs, log });
  const dependencies: ActivityDependencies = {
    ...toDependencies(registry, state, host, log, config, { models, tell: createTell(config, log), runbooks }),
    measuredOf: (resource) => history.of(resource),
    ...toPrometheus(config),
  };
  const workers = roles.includes('worker')
    ? await startWorkers({
        dependencies,
        temporal,
        config,
        options,
        telemetry,
        onFailure(error) {
          life.stopping = true;
          log.error({ cause: describeThrown(error) }, 'a worker failed');
        },
      })
    : undefined;
  closers.add(async () => {
    workers?.shutdown();
    await workers?.stopped;
  });
  const { health, healthUrl, intakeUrl } = await serve(
    { registry, config, host, workers, temporal, searchAttributes, state, store, telemetry, etcd, keys, life, log },
    closers,
  );
  for (const agent of health().agents) log.info(agent, 'agent registered');
  log.info({ host, roles, healthUrl }, 'ready');

  startLooks(
    {
      config,
      dependencies: workers === undefined ? undefined : dependencies,
      temporal,
      searchAttributes,
      state,
      history,
      transcripts,
      telemetry,
      etcd,
      keys,
      log,
    },
    closers,
  );

  let closed: Promise<void> | undefined;
  const asked = Promise.withResolvers<void>();
  const stop = () => {
    life.stopping = true;
    asked.resolve();
    // First of all, whatever else takes long to end: from now on no work is taken, and the grace time runs.
    workers?.shutdown();
    return (closed ??= closers.closeAll().then(() => log.info({ host }, 'stopped')));
  };
  // One that only watches ends when it is told to.
  const stopped = (workers?.stopped ?? asked.promise).then(stop, async (error: unknown) => {
    await stop().catch(() => undefined);
    throw error;
  });
  // Whoever started us may not wait for it yet.
  stopped.catch(() => undefined);
  return {
    host,
    healthUrl,
    ...(intakeUrl === undefined ? {} : { intakeUrl }),
    health,
    listOwned: () => listOwned(state, host),
    stopped,
    stop,
  };
}

function toDependencies(
  registry: AgentRegistry,
  state: ActivityDependencies['state'],
  host: string,
  log: Logger,
  { approvals, retry, mode }: LoadedConfig,
  given: Pick<ActivityDependencies, 'models' | 'tell' | 'runbooks'>,
): ActivityDependencies {
  return {
    registry,
    state,
    host,
    log,
    readSecret: async (tenant, name) => readSecret(tenant, name),
    settings: {
      approvalExpiresAfterMs: approvals.expireAfter,
      retryFirstMs: retry.first,
      retryLongestMs: retry.longest,
      modes: mode,
    },
    ...given,
  };
}

function toPrometheus({ heal }: LoadedConfig): Pick<ActivityDependencies, 'askPrometheus'> {
  const { url, token, queries } = heal.prometheus;
  if (url === undefined) return {};
  return { askPrometheus: createAskPrometheus({ url, queries, ...(token === undefined ? {} : { token }) }) };
}
