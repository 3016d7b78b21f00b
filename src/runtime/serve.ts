import type { AgentRegistry } from '../agents/agent-registry.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { readVersion } from '../config/read-version.ts';
import type { Keys } from '../domain/keys.ts';
import { createHintSender } from '../starters/hint-sender.ts';
import { createWatcher } from '../starters/watcher.ts';
import type { EtcdConnection } from '../state/etcd-connection.ts';
import type { State } from '../state/state.ts';
import type { Telemetry } from '../telemetry/create-telemetry.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { ObservedStore } from '../telemetry/observe-store.ts';
import type { Workers } from '../workers/run-workers.ts';
import type { Closers } from './closers.ts';
import type { TemporalConnections } from './connect-for-work.ts';
import { startHealthServer, type RuntimeHealth } from './health-server.ts';
import { startIntake } from './start-intake.ts';
import { startStoreCheck } from './store-check.ts';
import { startTemporalCheck } from './temporal-check.ts';
import { toHealth } from './to-health.ts';

interface ServedParts {
  readonly registry: AgentRegistry;
  readonly config: LoadedConfig;
  readonly host: string;
  /** Absent where this process does not work. */
  readonly workers: Workers | undefined;
  readonly temporal: TemporalConnections;
  readonly searchAttributes: boolean;
  readonly state: State;
  readonly store: ObservedStore;
  readonly telemetry: Telemetry;
  readonly etcd: EtcdConnection;
  readonly keys: Keys;
  /** Whether the runtime is about to end, at the time it is read. */
  readonly life: { readonly stopping: boolean };
  readonly log: Logger;
}

interface Served {
  health(): RuntimeHealth;
  readonly healthUrl: string;
  /** Absent where no alerts are taken in. */
  readonly intakeUrl: string | undefined;
}

/** Starts what a runtime hears and answers by: hints, health, the watch and the intake of alerts, the watch after health. */
export async function serve(parts: ServedParts, closers: Closers): Promise<Served> {
  const { registry, config, host, workers, temporal, searchAttributes, state, store, telemetry } = parts;
  const { etcd, keys, life, log } = parts;
  const { roles } = config.runtime;
  const hints = createHintSender({
    client: temporal.client,
    searchAttributes,
    log,
    observer: telemetry.hintObserver,
  });
  closers.add(() => hints.close());
  const watcher = roles.includes('watcher') ? createWatcher({ connection: etcd, keys, hints, log }) : undefined;
  const temporalCheck = startTemporalCheck(temporal.client, log);
  closers.add(() => temporalCheck.stop());
  if (watcher === undefined) closers.add(startStoreCheck(store, keys.host(host)));
  const health = (): RuntimeHealth =>
    toHealth({
      registry,
      workers,
      watcher: watcher?.state(),
      hints,
      store,
      temporal: temporalCheck,
      stopping: life.stopping,
    });
  telemetry.measure({ version: readVersion(), host, roles, store, hints, watcher });
  const healthServer = await startHealthServer({
    address: config.runtime.healthHost,
    port: config.runtime.healthPort,
    health,
    metrics: () => telemetry.renderMetrics(),
    log,
  });
  closers.add(() => healthServer.close());
  closers.add(async () => watcher?.close());
  await watcher?.start();
  const intake = roles.includes('watcher')
    ? await startIntake(config, { client: temporal.client, resources: state.resources, searchAttributes }, log)
    : undefined;
  closers.add(async () => intake?.close());
  return { health, healthUrl: healthServer.url, intakeUrl: intake?.url };
}
