/** Seeds of the tests that take chances: three, or as many as `HOMEOSTAT_TEST_SEEDS` says, as it does before a release. */
export function listSeeds(count = Number(process.env.HOMEOSTAT_TEST_SEEDS ?? 3)): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

const seedsBeforeRelease = 20;

/** A size or a time of a fault, whole before a release; at a commit as small as still tells. */
export function sizeOf(sizes: { readonly atCommit: number; readonly beforeRelease: number }): number {
  return listSeeds().length >= seedsBeforeRelease ? sizes.beforeRelease : sizes.atCommit;
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32), so that a failure can be had again. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function shuffle<Item>(items: readonly Item[], random: () => number): readonly Item[] {
  return items
    .map((item) => ({ item, place: random() }))
    .toSorted((left, right) => left.place - right.place)
    .map(({ item }) => item);
}
