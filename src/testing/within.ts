import { setTimeout as sleep } from 'node:timers/promises';

/** What a promise gives, or `too-long` when that takes longer than so many milliseconds. Leaves no timer behind. */
export async function within<Value>(promise: Promise<Value>, ms: number): Promise<Value | 'too-long'> {
  const ended = new AbortController();
  const tooLong = sleep(ms, 'too-long' as const, { signal: ended.signal }).catch(() => 'too-long' as const);
  try {
    return await Promise.race([promise, tooLong]);
  } finally {
    ended.abort();
  }
}
