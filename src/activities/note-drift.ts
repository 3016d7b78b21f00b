import { LifecycleState, type ActualRecord } from '../domain/actual.ts';
import { isSameJson } from '../domain/canonical.ts';
import { deltaOf } from '../domain/delta.ts';
import { showResource } from '../domain/identity.ts';
import type { ResourceSnapshot } from '../state/resources.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { ownerElsewhere, toLoaded } from './load-resource.ts';
import { observeResource } from './observe-resource.ts';
import { toDrifted } from './status.ts';

export type DriftDependencies = Pick<ActivityDependencies, 'registry' | 'state' | 'host' | 'log' | 'settings'>;

/** `busy`: a run is changing it right now and looks for itself; ask again when it has ended. */
export type DriftFinding = 'as-recorded' | 'drifted' | 'busy' | 'not-ours';

/**
 * Looks at one resource and notes when it is not as it was recorded: `observed`, and `drifted`, which makes the watcher
 * hint a run. Repairs nothing itself. What cannot be observed says nothing. A record that changes meanwhile is left
 * alone: its run has looked itself.
 */
export async function noteDrift(
  dependencies: DriftDependencies,
  snapshot: ResourceSnapshot,
  signal: AbortSignal,
): Promise<DriftFinding> {
  const { registry, state, host, log, settings } = dependencies;
  const { key } = snapshot;
  const loaded = toLoaded(registry, snapshot);
  if (loaded.type === 'invalid') return 'not-ours';
  const before = loaded.resource.actual;
  if (before === undefined || ownerElsewhere(loaded.resource, host) !== undefined) return 'not-ours';
  if (isBusy(before)) return 'busy';
  const { observation, delta } = await observeResource(loaded.resource, { signal, log });
  const observed = observation.type === 'present' ? observation.status : undefined;
  const recorded = before.status.observed;
  if (observation.type === 'unreachable' || isSameJson(observed, recorded)) return 'as-recorded';
  const pace = { now: Date.now(), firstMs: settings.retryFirstMs, longestMs: settings.retryLongestMs };
  const { written } = await state.changeActual(key, (current) =>
    current === undefined || !isSameJson(current, before)
      ? 'unchanged'
      : { ...current, status: toDrifted(current.status, observed, delta.type === 'none', pace) },
  );
  if (!written) return 'busy';
  const fields = deltaOf(recorded, observed).changes.map(({ path }) => path);
  log.warn({ resource: showResource(key), tenant: key.tenant, fields }, 'drifted');
  return 'drifted';
}

const changing: readonly LifecycleState[] = [LifecycleState.Creating, LifecycleState.Updating, LifecycleState.Deleting];

function isBusy({ status }: ActualRecord): boolean {
  return changing.includes(status.state);
}
