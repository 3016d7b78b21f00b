import { setTimeout as sleep } from 'node:timers/promises';
import { noteDrift, type DriftDependencies } from '../activities/note-drift.ts';
import { describeThrown } from '../domain/failure.ts';
import type { ResourceKey } from '../domain/identity.ts';
import type { AnyKind } from '../domain/kind.ts';
import { waitBefore } from '../state/back-off.ts';
import { createDriftLooks } from './drift-looks.ts';
import { untilDone } from './until-done.ts';

/** What was told is looked at together, and what a run is changing right now is looked at again, after this long. */
const everyMs = 500;
/** A watch tells of nothing that happened before; by then it has begun, and one that cannot watch has failed. */
const beginsWithinMs = 1_000;
const restartBackOff = { firstMs: 1_000, longestMs: 60_000 };

/**
 * Listens to the kinds that can tell of changes at their target, and notes what drifted; the watcher then hints a run.
 * Only a shortcut: what is missed here the sweep finds, at the start of the runtime too. A watch that ended is begun again,
 * and then all of its kind is looked at that can be looked at here. Returns how to end it.
 */
export function startDriftWatch(dependencies: DriftDependencies): () => Promise<void> {
  const { registry, state, host, log } = dependencies;
  const ending = new AbortController();
  const { signal } = ending;
  const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  const kinds = registry.agents.flatMap((agent) => agent.kinds);
  const look = async (key: ResourceKey) => noteDrift(dependencies, await state.resources.read(key), signal);
  const looks = new Map(kinds.map(({ kind }) => [kind, createDriftLooks(look, log, signal)]));
  const tell = (key: ResourceKey): void => looks.get(key.kind)?.tell(key);

  /** Nobody tells of what changed while nobody watched, or before a watch has looked around. */
  const tellAll = async (kind: string, watching: AbortSignal): Promise<void> => {
    await sleep(beginsWithinMs, undefined, { signal: watching }).catch(() => undefined);
    await untilDone(
      'cannot look for drift at all of a kind',
      async () => {
        for (const { key, actual } of await state.resources.list(undefined, kind)) {
          const owner = actual?.record.status.owner;
          if (actual !== undefined && (owner === undefined || owner === host)) tell(key);
        }
      },
      { signal: watching, log },
    );
  };
  const listen = async (kind: AnyKind): Promise<void> => {
    let isRestart = false;
    for (let tries = 0; !signal.aborted; tries += 1) {
      const startedAt = performance.now();
      const over = new AbortController();
      const telling = isRestart ? tellAll(kind.kind, AbortSignal.any([signal, over.signal])) : undefined;
      try {
        // One that does not heed the signal keeps no runtime from ending.
        await Promise.race([kind.watch?.({ signal, log }, tell), ended]);
      } catch (error) {
        const fields = { kind: kind.kind, cause: describeThrown(error) };
        if (!signal.aborted) log.warn(fields, 'cannot watch for drift, will try again');
      }
      over.abort();
      await telling;
      isRestart = true;
      // It went well for long: what ended it now is another story.
      if (performance.now() - startedAt > restartBackOff.longestMs) tries = 0;
      await waitBefore(tries, restartBackOff, signal).catch(() => undefined);
    }
  };
  const lookOn = async (): Promise<void> => {
    while (!signal.aborted) {
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
      for (const one of looks.values()) one.turn();
    }
    await Promise.all([...looks.values()].map((one) => one.ended()));
  };

  const running = [...kinds.flatMap((kind) => (kind.watch === undefined ? [] : [listen(kind)])), lookOn()];
  return async () => {
    ending.abort();
    await Promise.all(running);
  };
}
