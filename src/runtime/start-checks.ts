import type { ActivityDependencies } from '../activities/dependencies.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { Keys } from '../domain/keys.ts';
import type { IssueSender } from '../starters/issue-sender.ts';
import type { EtcdConnection } from '../state/etcd-connection.ts';
import type { Logger } from '../telemetry/logger.ts';
import { startIssueChecks, type CheckOutcome } from './issue-checks.ts';
import type { MetricsHistory } from './metrics-history.ts';
import { watchOwned } from './watch-owned.ts';

export interface StartChecksOptions {
  readonly config: Pick<LoadedConfig, 'heal'>;
  readonly dependencies: ActivityDependencies;
  readonly history: MetricsHistory;
  readonly countCheck: (type: string, outcome: CheckOutcome) => void;
  readonly etcd: EtcdConnection;
  readonly keys: Keys;
  readonly sender: IssueSender;
  readonly log: Logger;
}

/** Checks and measures in the background what runs here, as far as the configuration says so. Returns how to end it. */
export function startChecks(options: StartChecksOptions): () => Promise<void> {
  const { dependencies, history, countCheck: count, etcd, keys, sender, log } = options;
  const { checks: settings, metrics } = options.config.heal;
  const { registry, host } = dependencies;
  const checks = startIssueChecks({ dependencies, sender, concurrency: settings.concurrency, count });
  const endWatch = watchOwned({
    connection: etcd,
    keys,
    registry,
    host,
    wants: ({ issues, measure }) =>
      (settings.enabled && issues !== undefined) || (metrics.enabled && measure !== undefined),
    onChange(path, resource) {
      if (settings.enabled) checks.onChange(path, resource);
      if (metrics.enabled) history.onChange(path, resource);
    },
    log,
  });
  return async () => {
    await Promise.all([endWatch(), checks.stop(), history.stop()]);
  };
}
