/** Does so many things with at most so many at once; how many were done a second. */
export async function inFlight(count: number, atOnce: number, one: () => Promise<unknown>): Promise<number> {
  let left = count;
  const from = performance.now();
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      await one();
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, atOnce) }, lane));
  return count / ((performance.now() - from) / 1_000);
}
