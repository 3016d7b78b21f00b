import { isOpenEntry } from '../domain/ledger.ts';
import type { StoredEntry } from './ledger.ts';
import { removeUnchanged } from './remove-unchanged.ts';
import type { StateContext } from './state-context.ts';

/** Removes the entries of plans whose last step ended before a time. Plans with an open entry stay whole. */
export async function removeEntries(
  { store, keys }: StateContext,
  stored: readonly StoredEntry[],
  endedBefore: number,
): Promise<number> {
  const plans = Map.groupBy(stored, ({ entry }) => entry.seal);
  const old = [...plans.values()].filter((plan) => plan.every((one) => hasEnded(one, endedBefore))).flat();
  return removeUnchanged(
    store,
    old.map(({ entry, modRevision }) => ({ key: keys.ledger(entry.resource, entry.seal, entry.step), modRevision })),
  );
}

function hasEnded({ entry }: StoredEntry, before: number): boolean {
  return !isOpenEntry(entry) && Date.parse(entry.endedAt ?? entry.startedAt) < before;
}
