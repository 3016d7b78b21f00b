import { describeThrown } from '../domain/failure.ts';
import type { Log } from '../domain/log.ts';
import { waitBefore } from '../state/back-off.ts';

const backOff = { firstMs: 1_000, longestMs: 60_000 };

/**
 * Tries something that the start does not wait for until it is done, ever more slowly, and says so at each failure:
 * `problem` is what is the matter then, such as `cannot schedule sweeps`. Ends with the signal, done or not; never throws.
 */
export async function untilDone(
  problem: string,
  attempt: () => Promise<unknown>,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Log },
): Promise<void> {
  for (let tries = 0; !signal.aborted; tries += 1) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (!signal.aborted) log.warn({ cause: describeThrown(error) }, `${problem}, will try again`);
    }
    await waitBefore(tries, backOff, signal).catch(() => undefined);
  }
}
