import { setTimeout as sleep } from 'node:timers/promises';

const firstPauseMs = 50;
const longestPauseMs = 250;

/**
 * Asks again until the answer is neither undefined nor false; fails with what was seen last. The longer it waits the longer
 * it pauses, by a fortieth of that: what many tests ask at once is a good part of their processor time.
 */
export async function waitFor<Value>(
  what: string,
  ask: () => Promise<Value | undefined | false> | Value | undefined | false,
  timeoutMs = 40_000,
): Promise<Value> {
  const since = Date.now();
  const deadline = since + timeoutMs;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    await sleep(Math.min(longestPauseMs, Math.max(firstPauseMs, (Date.now() - since) / 40)));
  }
  throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause: last });
}
