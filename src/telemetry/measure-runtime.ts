import { findTrueCondition, LifecycleState } from '../domain/actual.ts';
import type { HintSender } from '../starters/hint-sender.ts';
import type { IndexedResource } from '../starters/resource-index.ts';
import type { Watcher } from '../starters/watcher.ts';
import type { Metrics } from './metrics.ts';
import type { ObservedStore } from './observe-store.ts';

export interface MeasuredParts {
  readonly version: string;
  readonly host: string;
  readonly roles: readonly string[];
  readonly store: ObservedStore;
  readonly hints: HintSender;
  /** Absent where this process does not watch: then nothing is told of resources. */
  readonly watcher: Watcher | undefined;
}

/** What is read off the runtime's parts whenever somebody asks for the metrics. */
export function measureRuntime(metrics: Metrics, { version, host, roles, store, hints, watcher }: MeasuredParts): void {
  const { gauge } = metrics;
  gauge('homeostat_info', 'This runtime; always 1.', ['version', 'host', 'roles'], (info) =>
    info.set({ version, host, roles: roles.join(',') }, 1),
  );
  gauge(
    'homeostat_store_full',
    '1 for a minute after etcd refused a write of this runtime because it is over its quota.',
    [],
    (full) => full.set(store.fault()?.code === 'STORE_FULL' ? 1 : 0),
  );
  if (watcher === undefined) return;
  gauge('homeostat_hints_pending', 'Resources whose hint has not got through yet.', [], (pending) =>
    pending.set(hints.pending),
  );
  measureWatch(metrics, watcher);
  gauge('homeostat_resources', 'Resources by their state in the life cycle.', ['kind', 'state'], (resources) => {
    for (const { key, actual } of watcher.resources())
      resources.inc({ kind: metrics.kindLabel(key), state: actual?.status.state ?? LifecycleState.Pending });
  });
  gauge('homeostat_resources_drifted', 'Resources that are not as they were recorded.', [], (drifted) =>
    drifted.set(countOf(watcher, ({ actual }) => actual?.status.drifted === true)),
  );
  gauge(
    'homeostat_resources_waiting',
    'Resources that wait for a person: for approval, or to hear what became of an effect.',
    ['for'],
    (waiting) => {
      waiting.set({ for: 'approval' }, countOf(watcher, hasCondition('AwaitingApproval')));
      waiting.set({ for: 'outcome' }, countOf(watcher, hasCondition('Blocked', 'OUTCOME_UNKNOWN')));
    },
  );
  gauge(
    'homeostat_resource_conditions',
    'Conditions that hold, by type and reason.',
    ['kind', 'type', 'reason'],
    (conditions) => {
      for (const { key, actual } of watcher.resources())
        for (const { type, status, reason } of actual?.status.conditions ?? [])
          if (status === 'True') conditions.inc({ kind: metrics.kindLabel(key), type, reason });
    },
  );
}

function measureWatch({ gauge, keptCounter }: Metrics, watcher: Watcher): void {
  gauge('homeostat_watcher_connected', '1 while etcd answers on all watches.', [], (connected) =>
    connected.set(watcher.state().connected ? 1 : 0),
  );
  gauge(
    'homeostat_watcher_silence_seconds',
    'How long etcd has said nothing on the quietest watch: what was changed since may not be known yet.',
    [],
    (silence) => silence.set((Date.now() - watcher.state().heardAt) / 1_000),
  );
  gauge('homeostat_watcher_revision', 'Revision of the newest list or event.', [], (revision) =>
    revision.set(watcher.state().lastRevision),
  );
  gauge(
    'homeostat_malformed_keys',
    'Keys under desired/ and actual/ that name no resource, and under freeze/ that name no scope.',
    [],
    (keys) => keys.set(watcher.state().malformedKeys),
  );
  keptCounter(
    'homeostat_watcher_resyncs_total',
    'How often events may have been missed, so that everything was listed again.',
    () => watcher.state().resyncs,
  );
  keptCounter(
    'homeostat_drifts_found_total',
    'How often a resource was found to be not as recorded.',
    () => watcher.state().driftsFound,
  );
  keptCounter(
    'homeostat_drifts_ended_total',
    'How often a drifted resource was put right, went back by itself, or went away.',
    () => watcher.state().driftsEnded,
  );
}

function countOf(watcher: Watcher, matches: (resource: IndexedResource) => boolean): number {
  let count = 0;
  for (const resource of watcher.resources()) if (matches(resource)) count += 1;
  return count;
}

function hasCondition(type: string, reason?: string) {
  return ({ actual }: IndexedResource): boolean => {
    const found = findTrueCondition(actual?.status.conditions, type);
    return found !== undefined && (reason === undefined || found.reason === reason);
  };
}
