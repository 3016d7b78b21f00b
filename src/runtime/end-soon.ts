/** Room for what the process still has to say. */
const lastWordsMs = 1_000;

/**
 * Ends the process shortly, with its exit code or 1, whatever still runs in it: a step that heeds no signal would keep it for
 * as long as it takes. Called by whoever owns the process, once all else of it has ended; holds nobody up that ends before.
 */
export function endSoon(): void {
  setTimeout(() => process.exit(process.exitCode ?? 1), lastWordsMs).unref();
}
