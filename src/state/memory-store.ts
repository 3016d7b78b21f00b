import type { Compare, Store, StoreEntry } from './store.ts';

interface Version {
  readonly atRevision: number;
  /** Absent = deleted. */
  readonly entry?: StoreEntry;
}

/** The same contract in memory, for tests alone: every version is kept, nothing outlives the process. */
export function createMemoryStore(): Store {
  const histories = new Map<string, Version[]>();
  let revision = 1;

  const at = (key: string, atRevision = revision): StoreEntry | undefined =>
    histories.get(key)?.findLast((version) => version.atRevision <= atRevision)?.entry;
  const note = (key: string, version: Version) => histories.set(key, [...(histories.get(key) ?? []), version]);
  const put = (key: string, value: string) => {
    const createRevision = at(key)?.createRevision ?? revision;
    note(key, { atRevision: revision, entry: { key, value, createRevision, modRevision: revision } });
  };
  const remove = (key: string) => {
    if (at(key) !== undefined) note(key, { atRevision: revision });
  };

  const listAt = (prefix: string, atRevision: number): StoreEntry[] => {
    const keys = [...histories.keys()].filter((key) => key.startsWith(prefix)).toSorted();
    return keys.flatMap((key) => at(key, atRevision) ?? []);
  };

  return {
    async get(key) {
      const entry = at(key);
      return { revision, ...(entry === undefined ? {} : { entry }) };
    },
    async getMany(keys) {
      return { revision, entries: new Map(keys.flatMap((key) => (at(key) === undefined ? [] : [[key, at(key)!]]))) };
    },
    async list(prefix, { atRevision = revision, keysOnly = false } = {}) {
      const entries = listAt(prefix, atRevision);
      return {
        revision: atRevision,
        entries: keysOnly ? entries.map((entry) => ({ ...entry, value: '' })) : entries,
      };
    },
    async *walk(prefix) {
      yield listAt(prefix, revision);
    },
    async commit(compares, writes) {
      const holds = (compare: Compare) =>
        'key' in compare
          ? (at(compare.key)?.modRevision ?? 0) === compare.modRevision
          : listAt(compare.emptyBelow, revision).length === 0;
      if (!compares.every(holds)) return { committed: false, revision };
      const changes = writes.filter((write) => write.type === 'put' || at(write.key) !== undefined);
      if (changes.length > 0) revision += 1;
      for (const write of changes) {
        if (write.type === 'put') put(write.key, write.value);
        else remove(write.key);
      }
      return { committed: true, revision };
    },
    async putFor(key, value) {
      // No test lives long enough for it to go.
      revision += 1;
      put(key, value);
    },
    async keepAlive(key, value) {
      revision += 1;
      put(key, value);
      // The process that holds the key is this one, so it never lapses by itself.
      return {
        async close() {
          revision += 1;
          remove(key);
        },
      };
    },
    async close() {},
  };
}
