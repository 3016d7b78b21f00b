/** A change in the same tick of a file system's clock leaves the time as it was. */
const settledAfterMs = 2_000;

/**
 * Whether what was changed at this time, in milliseconds, would look changed if it were changed again now; so is a time
 * that lies ahead, as after a clock was put back. What is younger is not remembered by its time.
 */
export function isSettled(changedAtMs: number): boolean {
  return Math.abs(Date.now() - changedAtMs) > settledAfterMs;
}
