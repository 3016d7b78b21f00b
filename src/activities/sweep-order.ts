/**
 * The order in which a sweep looks: tenants take turns, so that the many of one do not come before the few of another,
 * and it begins at another place each time, so that where the time does not do it is not always the same that are left.
 * `random` answers from 0 to below 1.
 */
export function toSweepOrder<Swept extends { readonly tenant: string }>(
  all: readonly Swept[],
  random: () => number = Math.random,
): readonly Swept[] {
  const tenants = [...Map.groupBy(all, ({ tenant }) => tenant).values()].map((some) => beginAnywhere(some, random));
  const queues = beginAnywhere(tenants, random);
  const longest = Math.max(0, ...queues.map(({ length }) => length));
  return Array.from({ length: longest }, (_, turn) => queues.flatMap((queue) => queue[turn] ?? [])).flat();
}

function beginAnywhere<Item>(items: readonly Item[], random: () => number): readonly Item[] {
  const start = Math.floor(random() * items.length);
  return [...items.slice(start), ...items.slice(0, start)];
}
