import { appliedDependencies } from '../domain/actual.ts';
import { toResourcePath, type ResourceKey } from '../domain/identity.ts';
import { fromStoreKey } from '../domain/keys.ts';
import type { PendingRemovals } from '../domain/mass-delete.ts';
import { createSharedReads } from './shared-reads.ts';
import type { StateContext } from './state-context.ts';
import { parseActual, parseOwn, toStored } from './stored-json.ts';

/** What the removal of a resource must know of its tenant. */
export interface RemovalView extends PendingRemovals {
  /** Those that depend on it, by what was last applied. */
  readonly dependants: readonly ResourceKey[];
  /** How many there were when it was found to be one of too many. */
  readonly counted?: PendingRemovals;
}

/** What is no longer desired, and must go. */
export interface Removals {
  /**
   * Says that a resource, by its desired key's create revision, is about to be deleted at a door, where it was counted how
   * many are. Forgotten after thirty days.
   */
  noteMeant(key: ResourceKey, createRevision: number): Promise<void>;
  /**
   * Remembers for as long that a resource, by the id on its record, is one of too many that are to go: it stays so when the
   * others have gone.
   */
  noteCounted(key: ResourceKey, id: string, pending: PendingRemovals): Promise<void>;
  /** As things are now. Takes a look at all of its tenant, which all who ask at once share. */
  view(key: ResourceKey): Promise<RemovalView>;
}

/** Under `removals/`: what was said or found of the removal of one thing, by its desired key's create revision. */
interface RemovalNote {
  readonly id: string;
  /** One of too many; absent: it is meant. */
  readonly counted?: PendingRemovals;
}

const keptSeconds = 30 * 24 * 60 * 60;

export function createRemovals({ store, keys }: Pick<StateContext, 'store' | 'keys'>): Removals {
  const lookAt = createSharedReads(async (tenant) => {
    const { revision, entries } = await store.list(`${keys.actualPrefix}${tenant}/`);
    const [desired, noted] = await Promise.all([
      store.list(`${keys.desiredPrefix}${tenant}/`, { atRevision: revision, keysOnly: true }),
      store.list(keys.removalsPrefix(tenant), { atRevision: revision }),
    ]);
    const wanted = new Set(desired.entries.map((entry) => entry.key));
    const notes = new Map(noted.entries.map((entry) => [entry.key, parseOwn<RemovalNote>(entry)]));
    const counted = new Map<string, PendingRemovals>();
    const dependants = new Map<string, ResourceKey[]>();
    let [unmeant, among] = [0, 0];
    for (const entry of entries) {
      const key = fromStoreKey(entry.key, keys.actualPrefix);
      const record = parseActual(entry);
      if (key === undefined || record?.lastApplied === undefined) continue;
      among += 1;
      const path = toResourcePath(key);
      if (!wanted.has(keys.desired(key))) {
        const note = notes.get(keys.removal(key));
        const isOfThis = note?.id === record.id;
        if (isOfThis && note.counted !== undefined) counted.set(path, note.counted);
        if (!isOfThis || note.counted !== undefined) unmeant += 1;
      }
      for (const dependency of appliedDependencies(key, record.lastApplied)) {
        const needed = toResourcePath(dependency);
        const known = dependants.get(needed);
        if (known === undefined) dependants.set(needed, [key]);
        else known.push(key);
      }
    }
    return { dependants, counted, unmeant, among };
  });
  const note = (key: ResourceKey, value: RemovalNote) => store.putFor(keys.removal(key), toStored(value), keptSeconds);
  return {
    noteMeant: (key, createRevision) => note(key, { id: String(createRevision) }),
    noteCounted: (key, id, counted) => note(key, { id, counted }),
    async view(key) {
      const { dependants, counted, ...pending } = await lookAt(key.tenant);
      const path = toResourcePath(key);
      const own = counted.get(path);
      return {
        ...pending,
        dependants: dependants.get(path) ?? [],
        ...(own === undefined ? {} : { counted: own }),
      };
    },
  };
}
