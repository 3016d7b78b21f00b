import { isSameJson } from '../domain/canonical.ts';
import { deltaOf } from '../domain/delta.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { isHostBound, loadResource, observeResource } from './load-resource.ts';

/**
 * Looks at everything this host owns and notes what is not as it was recorded: `observed`, and `drifted`, which makes the
 * watcher hint a run. Repairs nothing itself. The runtime calls it once at its start, because what happened while no
 * runtime was there nobody has seen. A record that changes meanwhile is left alone: its run has looked itself.
 */
export async function sweepHost(
  dependencies: Pick<ActivityDependencies, 'registry' | 'state' | 'host' | 'log'>,
  signal: AbortSignal,
): Promise<{ readonly looked: number; readonly drifted: number }> {
  const { state, host, log } = dependencies;
  const owned = (await state.resources.list()).filter(({ actual }) => actual?.record.status.owner === host);
  let drifted = 0;
  for (const { key, actual: before } of owned) {
    if (signal.aborted) break;
    const loaded = await loadResource(dependencies, key);
    if (loaded.type === 'invalid' || !isHostBound(loaded.resource)) continue;
    const { observation } = await observeResource(loaded.resource, { signal, log });
    const observed = observation.type === 'present' ? observation.status : undefined;
    if (observation.type === 'unreachable' || isSameJson(observed, before?.record.status.observed)) continue;
    drifted += 1;
    await state.changeActual(key, (current) => {
      if (current === undefined || !isSameJson(current, before?.record)) return 'unchanged';
      const { observed: _observed, ...status } = current.status;
      return { ...current, status: { ...status, ...(observed === undefined ? {} : { observed }), drifted: true } };
    });
    const { changes } = deltaOf(before?.record.status.observed, observed);
    log.warn({ resource: key, fields: changes.map((change) => change.path) }, 'drifted while no runtime looked');
  }
  return { looked: owned.length, drifted };
}
