/** Items in their order, so many at a time: for calls that take no more at once. */
export function* toBatches<Item>(items: readonly Item[], size: number): Generator<readonly Item[], void> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
