import type { StoreEntry, Write } from './store.ts';
import type { Snapshot } from './transact.ts';

/**
 * What this process last read or wrote under a few thousand keys. A change may go by it instead of reading first, because
 * its commit is guarded by the revisions believed: where somebody else wrote since, it fails and the keys are read after
 * all. So a belief saves a read, and nothing that was decided by one that is old is ever written.
 */
export interface Beliefs {
  /** All of the keys, or nothing when one is not known. That a key is absent is known, too. */
  about(keys: readonly string[]): Snapshot | undefined;
  /** Takes in keys as they were read at one revision. */
  noteRead(keys: readonly string[], entries: ReadonlyMap<string, StoreEntry>, revision: number): void;
  /** Takes in what a commit has written. */
  noteWritten(writes: readonly Write[], revision: number): void;
}

interface Belief {
  readonly entry: StoreEntry | undefined;
  /** The store's, at which it was so. */
  readonly revision: number;
}

/** A resource has three or four keys that change together. */
const remembered = 4_000;

export function createBeliefs(): Beliefs {
  const known = new Map<string, Belief>();
  /** The last word counts, not the highest revision: a store that was put back counts on from an older one. */
  const learn = (key: string, belief: Belief): void => {
    known.delete(key);
    known.set(key, belief);
  };
  const forgetOldest = (): void => {
    for (const key of known.keys()) {
      if (known.size <= remembered) break;
      known.delete(key);
    }
  };
  return {
    about(keys) {
      const beliefs = keys.map((key) => known.get(key));
      if (beliefs.some((belief) => belief === undefined)) return undefined;
      return {
        revision: Math.max(0, ...beliefs.map((belief) => belief!.revision)),
        get: (key) => known.get(key)?.entry,
      };
    },
    noteRead(keys, entries, revision) {
      for (const key of keys) learn(key, { entry: entries.get(key), revision });
      forgetOldest();
    },
    noteWritten(writes, revision) {
      for (const write of writes) {
        const { key } = write;
        const createRevision = known.get(key)?.entry?.createRevision ?? revision;
        const entry =
          write.type === 'put' ? { key, value: write.value, createRevision, modRevision: revision } : undefined;
        learn(key, { entry, revision });
      }
      forgetOldest();
    },
  };
}
