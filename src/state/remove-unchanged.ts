import type { Compare, Store } from './store.ts';

/** Removed in one transaction, below etcd's limit of 128 operations. */
const removedAtOnce = 100;

/** Removes keys that still stand as they were read; how many went. Where one was changed meanwhile, the next time will do. */
export async function removeUnchanged(store: Store, read: readonly Compare[]): Promise<number> {
  let removed = 0;
  for (let from = 0; from < read.length; from += removedAtOnce) {
    const some = read.slice(from, from + removedAtOnce);
    const { committed } = await store.commit(
      some.map(({ key, modRevision }) => ({ key, modRevision })),
      some.map(({ key }) => ({ type: 'delete', key })),
    );
    if (committed) removed += some.length;
  }
  return removed;
}
