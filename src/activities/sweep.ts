import type { ResourceSnapshot } from '../state/resources.ts';
import { noteDrift, type DriftDependencies } from './note-drift.ts';

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
 */
export async function sweep(dependencies: DriftDependencies, place: SweptPlace, signal: AbortSignal): Promise<Sweep> {
  const { state, host, registry, log } = dependencies;
  const belongs = ({ key, actual }: ResourceSnapshot): boolean => {
    const owner = actual?.record.status.owner;
    if (actual === undefined || !registry.has(key.kind)) return false;
    return place === 'this-host' ? owner === host : owner === undefined;
  };
  const mine = (await state.resources.list()).filter(belongs);
  let drifted = 0;
  let next = 0;
  const look = async (): Promise<void> => {
    while (next < mine.length && !signal.aborted) {
      const snapshot = mine[next++]!;
      if ((await noteDrift(dependencies, snapshot, signal)) === 'drifted') drifted += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, look));
  log.info({ place, looked: mine.length, drifted }, 'swept');
  return { looked: mine.length, drifted };
}
