import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../state/store.ts';

const everyMs = 2_000;

/**
 * Asks etcd every other second for one key, for the readiness of a runtime that does not watch: at rest nothing else of it
 * would notice that etcd is away. What comes of it an observed store remembers. Returns how to end it.
 */
export function startStoreCheck(store: Pick<Store, 'get'>, key: string): () => Promise<void> {
  const ending = new AbortController();
  const { signal } = ending;
  const running = (async () => {
    while (!signal.aborted) {
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await store.get(key).catch(() => undefined);
    }
  })();
  return async () => {
    ending.abort();
    await running;
  };
}
