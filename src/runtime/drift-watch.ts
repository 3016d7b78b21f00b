import { setTimeout as sleep } from 'node:timers/promises';
import { noteDrift, type DriftDependencies } from '../activities/note-drift.ts';
import { describeThrown } from '../domain/failure.ts';
import type { ResourceKey } from '../domain/identity.ts';
import type { AnyKind } from '../domain/kind.ts';
import { pauseBefore } from '../state/pause.ts';
import { createDriftLooks } from './drift-looks.ts';

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
  const kinds = registry.agents.flatMap((agent) => agent.kinds);
  const look = async (key: ResourceKey) => noteDrift(dependencies, await state.resources.read(key), signal);
  const looks = new Map(kinds.map(({ kind }) => [kind, createDriftLooks(look, log, signal)]));
  const tell = (key: ResourceKey): void => looks.get(key.kind)?.tell(key);

  const listen = async (watch: NonNullable<AnyKind['watch']>): Promise<void> => {
    for (let tries = 0; !signal.aborted; tries += 1) {
      const startedAt = performance.now();
      try {
        await watch({ signal, log }, tell);
      } catch (error) {
        if (!signal.aborted) log.warn({ cause: describeThrown(error) }, 'cannot watch for drift, will try again');
      }
      // It went well for long: what ended it now is another story.
      if (performance.now() - startedAt > restartBackOff.longestMs) tries = 0;
      await pauseBefore(tries, restartBackOff, signal).catch(() => undefined);
    }
  };
  const lookOn = async (): Promise<void> => {
    while (!signal.aborted) {
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
      for (const one of looks.values()) one.turn();
    }
    await Promise.all([...looks.values()].map((one) => one.ended()));
  };

  const running = [...kinds.flatMap((kind) => (kind.watch === undefined ? [] : [listen(kind.watch)])), lookOn()];
  return async () => {
    ending.abort();
    await Promise.all(running);
  };
}
