import { setTimeout as sleep } from 'node:timers/promises';

/** Whoever is not there is to be noticed within seconds, and asked for next to nothing. */
const everyMs = 2_000;

/** Asks every other second, one question after another; `ask` never rejects. Returns how to end it. */
export function askOn(ask: () => Promise<unknown>): () => Promise<void> {
  const ending = new AbortController();
  const { signal } = ending;
  const running = (async () => {
    while (!signal.aborted) {
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await ask();
    }
  })();
  return async () => {
    ending.abort();
    await running;
  };
}
