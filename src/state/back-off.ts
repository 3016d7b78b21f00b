import { setTimeout as sleep } from 'node:timers/promises';

export interface BackOff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Milliseconds before try number `attempt` (from 0): doubling, with half of it random so that crowds come apart. */
export function delayBefore(attempt: number, { firstMs, longestMs }: BackOff): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 20));
  return full / 2 + (Math.random() * full) / 2;
}

/** Waits for that long, or until the signal; then it throws. */
export async function waitBefore(attempt: number, backOff: BackOff, signal?: AbortSignal): Promise<void> {
  await sleep(delayBefore(attempt, backOff), undefined, signal === undefined ? {} : { signal });
}
