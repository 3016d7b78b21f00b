import { setTimeout as sleep } from 'node:timers/promises';

export interface BackOff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Waits before try number `attempt` (from 0), doubling, with half of it random so that crowds come apart. */
export async function pauseBefore(
  attempt: number,
  { firstMs, longestMs }: BackOff,
  signal?: AbortSignal,
): Promise<void> {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 20));
  await sleep(full / 2 + (Math.random() * full) / 2, undefined, signal === undefined ? {} : { signal });
}
