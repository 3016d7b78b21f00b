import { setTimeout as sleep } from 'node:timers/promises';
import { noteDrift, type DriftDependencies, type DriftFinding } from '../activities/note-drift.ts';
import { describeThrown } from '../domain/failure.ts';
import { toResourcePath, type ResourceKey } from '../domain/identity.ts';
import type { AnyKind } from '../domain/kind.ts';
import { pauseBefore } from '../state/pause.ts';

/** What was told is looked at together, and what a run is changing right now is looked at again, after this long. */
const everyMs = 500;
const restartBackOff = { firstMs: 1_000, longestMs: 60_000 };

/**
 * Listens to the kinds that can tell of changes at their target, and notes what drifted; the watcher then hints a run.
 * Only a shortcut: what is missed here the sweep finds. Returns how to end it.
 */
export function startDriftWatch(dependencies: DriftDependencies): () => Promise<void> {
  const { registry, state, log } = dependencies;
  const ending = new AbortController();
  const { signal } = ending;
  const told = new Map<string, ResourceKey>();

  const listen = async (watch: NonNullable<AnyKind['watch']>): Promise<void> => {
    for (let tries = 0; !signal.aborted; tries += 1) {
      try {
        await watch({ signal, log }, (key) => void told.set(toResourcePath(key), key));
      } catch (error) {
        if (!signal.aborted) log.warn({ cause: describeThrown(error) }, 'cannot watch for drift, will try again');
      }
      await pauseBefore(tries, restartBackOff, signal).catch(() => undefined);
    }
  };
  const look = async (): Promise<void> => {
    while (!signal.aborted) {
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
      // What is put back is for the next time: in the map itself it would be met again at once, without the pause.
      const due = new Map(told);
      for (const [path, key] of due) {
        if (signal.aborted) return;
        told.delete(path);
        let finding: DriftFinding = 'busy';
        try {
          finding = await noteDrift(dependencies, await state.resources.read(key), signal);
        } finally {
          // Still in a run's hands, or could not be looked at: another look, later.
          if (finding === 'busy') told.set(path, key);
        }
      }
    }
  };
  const lookOn = async (): Promise<void> => {
    for (let tries = 0; !signal.aborted; tries += 1) {
      await look().catch((error: unknown) => log.warn({ cause: describeThrown(error) }, 'cannot note drift'));
      await pauseBefore(tries, restartBackOff, signal).catch(() => undefined);
    }
  };

  const kinds = registry.agents.flatMap((agent) => agent.kinds);
  const running = [...kinds.flatMap((kind) => (kind.watch === undefined ? [] : [listen(kind.watch)])), lookOn()];
  return async () => {
    ending.abort();
    await Promise.all(running);
  };
}
