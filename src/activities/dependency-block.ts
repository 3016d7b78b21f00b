import type { Block } from '../domain/run.ts';
import { showResource } from '../domain/identity.ts';
import { noSuchDependency, toDependencies } from '../domain/resource.ts';
import type { RemovalView } from '../state/removals.ts';
import type { Resources } from '../state/resources.ts';
import { findEndlessWait, isReady } from './endless-wait.ts';
import type { ComparedResource } from './observe-resource.ts';

/** Of dependencies that are not there no more are told one by one. */
const shownMissing = 20;

/**
 * Why a change must wait for others. Nothing = go ahead. `removal` is of what is to go: that waits for what needs it to be
 * gone; all else waits for what it needs to run.
 */
export async function findDependencyBlock(
  observed: ComparedResource,
  removal: RemovalView | undefined,
  resources: Resources,
): Promise<Block | undefined> {
  return removal === undefined ? findUnready(observed, resources) : findDependants(removal);
}

async function findUnready(
  { key, desired, written }: ComparedResource,
  resources: Resources,
): Promise<Block | undefined> {
  const unready = (await resources.readMany(toDependencies(desired!))).filter((snapshot) => !isReady(snapshot));
  if (unready.length === 0) return undefined;
  const waitingFor = unready.map((snapshot) => showResource(snapshot.key)).toSorted();
  const endless = await findEndlessWait(key, unready, resources);
  // Nobody need touch this resource to end it: another one on the way may be changed.
  if (endless !== undefined) {
    // A chain that is too long comes up from its end all the same; a circle never does.
    const invalid = endless.code === 'INVALID_VALUE';
    return { code: endless.code, message: endless.message, waitingFor, retry: true, ...(invalid ? { invalid } : {}) };
  }
  // For a preview the rest of the same call is not there yet, and that call is checked at its door.
  const missing = written === undefined ? [] : unready.filter((snapshot) => snapshot.desired === undefined);
  const told = missing.slice(0, shownMissing).map((snapshot) => noSuchDependency(written, key, snapshot.key).message);
  const others = waitingFor.filter((name) => !missing.some((snapshot) => showResource(snapshot.key) === name));
  return {
    code: 'DEPENDENCY_NOT_READY',
    message: [
      ...told,
      ...(missing.length > told.length ? [`and ${missing.length - told.length} more`] : []),
      ...(others.length > 0 ? [`waits for ${others.join(', ')} to be running`] : []),
    ].join('; '),
    waitingFor,
    retry: true,
  };
}

function findDependants({ dependants }: RemovalView): Block | undefined {
  const waitingFor = dependants.map(showResource).toSorted();
  if (waitingFor.length === 0) return undefined;
  return {
    code: 'HAS_DEPENDANTS',
    message: `waits for ${waitingFor.join(', ')}, which need it, to be gone`,
    waitingFor,
    retry: true,
  };
}
