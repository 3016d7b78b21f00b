/** npm passes on a Ctrl-C that the terminal has sent us already: only a later one is a second wish. */
const sameWishMs = 500;

/**
 * Turns Ctrl-C, SIGTERM and the closing of the terminal into a wish; a second Ctrl-C or SIGTERM ends the process at once.
 * Called by whoever owns the process.
 */
export function waitForStop(owned: Pick<NodeJS.Process, 'on' | 'exit'> = process): {
  readonly promise: Promise<void>;
  readonly signal: AbortSignal;
} {
  const controller = new AbortController();
  const promise = new Promise<void>((resolve) => {
    let askedAt = 0;
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      owned.on(name, () => {
        const isSecond = askedAt > 0 && performance.now() - askedAt > sameWishMs;
        if (isSecond && name !== 'SIGHUP') owned.exit(130);
        askedAt ||= performance.now();
        controller.abort();
        resolve();
      });
    }
  });
  return { promise, signal: controller.signal };
}
