import type { ActivityDependencies } from '../activities/dependencies.ts';

/**
 * How the first attempt at a step is ended before its time: the worker is killed between the intent and the effect, or
 * between the effect and its receipt; or the attempt is cancelled.
 */
export type Interruption = 'killed-before-effect' | 'killed-after-effect' | 'cancelled';

/** Stands for the end of the worker: nothing of the attempt runs after it. */
export class Killed extends Error {
  constructor() {
    super('the worker was killed');
    this.name = 'Killed';
  }
}

/** Dependencies of a worker that dies at this point. What it wrote until then stays, as on a real store. */
export function dyingDependencies(
  dependencies: ActivityDependencies,
  interruption: Interruption,
): ActivityDependencies {
  const { state } = dependencies;
  const { ledger } = state;
  if (interruption === 'killed-before-effect') {
    const openIntent: typeof ledger.openIntent = async (entry, desiredRevision) => {
      await ledger.openIntent(entry, desiredRevision);
      throw new Killed();
    };
    return { ...dependencies, state: { ...state, ledger: { ...ledger, openIntent } } };
  }
  if (interruption === 'killed-after-effect') {
    const complete: typeof ledger.complete = async (handle, entry, scope) => {
      if (entry.state === 'done') throw new Killed();
      return ledger.complete(handle, entry, scope);
    };
    return { ...dependencies, state: { ...state, ledger: { ...ledger, complete } } };
  }
  return dependencies;
}
