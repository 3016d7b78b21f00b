import { toBatches } from '../domain/batches.ts';
import { maximumOperations, type Store, type StoreEntry } from './store.ts';

/** Removes keys that still stand as they were read; how many went. Where one was changed meanwhile, the next time will do. */
export async function removeUnchanged(
  store: Store,
  read: readonly Pick<StoreEntry, 'key' | 'modRevision'>[],
): Promise<number> {
  let removed = 0;
  for (const some of toBatches(read, maximumOperations)) {
    const { committed } = await store.commit(
      some.map(({ key, modRevision }) => ({ key, modRevision })),
      some.map(({ key }) => ({ type: 'delete', key })),
    );
    if (committed) removed += some.length;
  }
  return removed;
}
