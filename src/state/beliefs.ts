import type { StoreEntry, Write } from './store.ts';
import type { Snapshot } from './transact.ts';

/**
 * What this process wrote last under a few thousand keys. A change may go by it instead of reading first, because its
 * commit is guarded by the revisions believed: where somebody else wrote since, it fails and the keys are read after all.
 * So a belief saves a read and never decides anything.
 */
export interface Beliefs {
  /** All of the keys, or nothing when one is not known. */
  about(keys: readonly string[]): Snapshot | undefined;
  /** Takes in what a commit has written. */
  note(writes: readonly Write[], revision: number): void;
}

/** A resource has three or four keys that change together. */
const remembered = 4_000;

export function createBeliefs(): Beliefs {
  const known = new Map<string, StoreEntry>();
  return {
    about(keys) {
      const entries = keys.map((key) => known.get(key));
      if (entries.some((entry) => entry === undefined)) return undefined;
      return { revision: Math.max(0, ...entries.map((entry) => entry!.modRevision)), get: (key) => known.get(key) };
    },
    note(writes, revision) {
      for (const write of writes) {
        const { key } = write;
        const createRevision = known.get(key)?.createRevision ?? revision;
        known.delete(key);
        if (write.type === 'put') known.set(key, { key, value: write.value, createRevision, modRevision: revision });
      }
      for (const key of known.keys()) {
        if (known.size <= remembered) break;
        known.delete(key);
      }
    },
  };
}
