import type { ActivityDependencies } from '../activities/dependencies.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { Keys } from '../domain/keys.ts';
import { createIssueSender } from '../starters/issue-sender.ts';
import type { EtcdConnection } from '../state/etcd-connection.ts';
import type { State } from '../state/state.ts';
import type { Transcripts } from '../state/transcripts.ts';
import type { Telemetry } from '../telemetry/create-telemetry.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Closers } from './closers.ts';
import type { TemporalConnections } from './connect-for-work.ts';
import { startDriftWatch } from './drift-watch.ts';
import { startHousekeeping } from './housekeeping.ts';
import type { MetricsHistory } from './metrics-history.ts';
import { startChecks } from './start-checks.ts';
import { startSweeps } from './start-sweeps.ts';

interface LookParts {
  readonly config: LoadedConfig;
  /** Absent where this process does not work: it keeps house alone. */
  readonly dependencies: ActivityDependencies | undefined;
  readonly temporal: TemporalConnections;
  readonly searchAttributes: boolean;
  readonly state: State;
  readonly history: MetricsHistory;
  readonly transcripts: Transcripts;
  readonly telemetry: Telemetry;
  readonly etcd: EtcdConnection;
  readonly keys: Keys;
  readonly log: Logger;
}

/** Starts what a runtime does unasked, from time to time: sweeps, looks for drift and faults, housekeeping. */
export function startLooks(parts: LookParts, closers: Closers): void {
  const { config, dependencies, temporal, searchAttributes, state, history, transcripts, telemetry, etcd, keys, log } =
    parts;
  if (dependencies !== undefined) {
    const endSweeps = startSweeps(dependencies, temporal.client, config.sweep.every);
    const endDriftWatch = startDriftWatch(dependencies);
    closers.add(() => Promise.all([endSweeps(), endDriftWatch()]));
    const endChecks = startChecks({
      config,
      dependencies,
      history,
      countCheck: (type, outcome) => telemetry.countCheck(type, outcome),
      etcd,
      keys,
      sender: createIssueSender({ client: temporal.client, resources: state.resources, searchAttributes }),
      log,
    });
    closers.add(endChecks);
  }
  const housekeeping = startHousekeeping(state, transcripts, config.models, log);
  closers.add(() => housekeeping.stop());
}
