import { waitBefore } from './back-off.ts';
import { isStoreAway } from './store-error.ts';

const backOff = { firstMs: 200, longestMs: 2_000 };

/**
 * Makes a call again for as long as the store is away or full, until the signal comes; then, or without a signal, the
 * store's error is thrown. For what must not get lost once an effect has happened: whoever calls it repeats nothing else.
 */
export async function outlastStore<Result>(call: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      if (!isStoreAway(error) || signal === undefined || signal.aborted) throw error;
      await waitBefore(tries, backOff, signal).catch(() => undefined);
      if (signal.aborted) throw error;
    }
  }
}
