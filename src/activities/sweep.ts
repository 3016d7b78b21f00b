import { noteDrift, type DriftDependencies } from './note-drift.ts';
import { releaseHeld, type ReleaseDependencies } from './release-held.ts';

/** `this-host`: what the host owns that runs the activity; `anywhere`: what has no owner. */
export type SweptPlace = 'this-host' | 'anywhere';

/** What one sweep found. */
export interface Sweep {
  readonly looked: number;
  readonly drifted: number;
}

/** Observations under way at once: enough to hide their waiting, few enough to leave the worker to its runs. */
const concurrency = 32;

/**
 * Looks at everything one place can see: what this host owns, or what can be looked at from anywhere. The backstop
 * behind the drivers' own watching, called by the `sweep` workflow, and by the runtime at its start, because what
 * happened while no runtime was there nobody has seen.
 *
 * On the way it lets go what was held for a reason that is no more. That takes no look, so a runtime that starts with
 * another configuration does it for what has no owner, too.
 */
export async function sweep(
  dependencies: DriftDependencies & ReleaseDependencies,
  place: SweptPlace,
  signal: AbortSignal,
): Promise<Sweep> {
  const { state, host, registry, log } = dependencies;
  const isMine = (owner: string | undefined): boolean => (place === 'this-host' ? owner === host : owner === undefined);
  const reached = (await state.resources.list()).filter(({ key, actual }) => {
    if (actual === undefined || !registry.has(key.kind)) return false;
    const { owner } = actual.record.status;
    return owner === undefined || isMine(owner);
  });
  let looked = 0;
  let drifted = 0;
  let released = 0;
  let next = 0;
  const look = async (): Promise<void> => {
    while (next < reached.length && !signal.aborted) {
      const snapshot = reached[next++]!;
      const isReleased = await releaseHeld(dependencies, snapshot);
      if (isReleased) released += 1;
      if (!isMine(snapshot.actual?.record.status.owner)) continue;
      looked += 1;
      // What was let go has a run before it, which looks itself.
      if (!isReleased && (await noteDrift(dependencies, snapshot, signal)) === 'drifted') drifted += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, look));
  log.info({ place, looked, drifted, released }, 'swept');
  return { looked, drifted };
}
