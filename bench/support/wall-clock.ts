/**
 * Milliseconds since 1970 to the fraction, to be held against the times that a server of this machine writes. Good for
 * some seconds: the system's clock may be adjusted, the one it goes by meanwhile is not.
 */
export function createWallClock(): () => number {
  const first = Date.now();
  let edge = first;
  while (edge === first) edge = Date.now();
  const offset = edge - performance.now();
  return () => performance.now() + offset;
}
