import { isOpenEntry } from '../domain/ledger.ts';
import type { StoredEntry } from './ledger.ts';
import type { StateContext } from './state-context.ts';

/** Plans removed in one transaction; a plan has at most 50 steps, a transaction 128 operations. */
const operationsAtOnce = 100;

/** Removes the entries of plans whose last step ended before a time. Plans with an open entry stay whole. */
export async function removeEntries(
  { store, keys }: StateContext,
  stored: readonly StoredEntry[],
  endedBefore: number,
): Promise<number> {
  const plans = Map.groupBy(stored, ({ entry }) => entry.seal);
  const old = [...plans.values()].filter((plan) => plan.every((one) => hasEnded(one, endedBefore))).flat();
  let removed = 0;
  for (let from = 0; from < old.length; from += operationsAtOnce) {
    const some = old.slice(from, from + operationsAtOnce).map(({ entry, modRevision }) => ({
      key: keys.ledger(entry.resource, entry.seal, entry.step),
      modRevision,
    }));
    const { committed } = await store.commit(
      some,
      some.map(({ key }) => ({ type: 'delete', key })),
    );
    // Somebody changed one meanwhile: the next time will do.
    if (committed) removed += some.length;
  }
  return removed;
}

function hasEnded({ entry }: StoredEntry, before: number): boolean {
  return !isOpenEntry(entry) && Date.parse(entry.endedAt ?? entry.startedAt) < before;
}
