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
}

/** What is no longer desired, and must go. */
export interface Removals {
  /**
   * Says that a resource, by its desired key's create revision, is about to be deleted at a door, where it was counted how
   * many are. Forgotten after thirty days.
   */
  noteMeant(key: ResourceKey, createRevision: number): Promise<void>;
  /** As things are now. Takes a look at all of its tenant, which all who ask at once share. */
  view(key: ResourceKey): Promise<RemovalView>;
}

interface Meant {
  readonly id: string;
}

const keptSeconds = 30 * 24 * 60 * 60;

export function createRemovals({ store, keys }: Pick<StateContext, 'store' | 'keys'>): Removals {
  const lookAt = createSharedReads(async (tenant) => {
    const { revision, entries } = await store.list(`${keys.actualPrefix}${tenant}/`);
    const [desired, meant] = await Promise.all([
      store.list(`${keys.desiredPrefix}${tenant}/`, { atRevision: revision, keysOnly: true }),
      store.list(keys.removalsPrefix(tenant), { atRevision: revision }),
    ]);
    const wanted = new Set(desired.entries.map((entry) => entry.key));
    const meantIds = new Map(meant.entries.map((entry) => [entry.key, parseOwn<Meant>(entry)?.id]));
    const dependants = new Map<string, ResourceKey[]>();
    let [unmeant, among] = [0, 0];
    for (const entry of entries) {
      const key = fromStoreKey(entry.key, keys.actualPrefix);
      const record = parseActual(entry);
      if (key === undefined || record?.lastApplied === undefined) continue;
      among += 1;
      if (!wanted.has(keys.desired(key)) && meantIds.get(keys.removal(key)) !== record.id) unmeant += 1;
      for (const dependency of appliedDependencies(key, record.lastApplied)) {
        const path = toResourcePath(dependency);
        const known = dependants.get(path);
        if (known === undefined) dependants.set(path, [key]);
        else known.push(key);
      }
    }
    return { dependants, unmeant, among };
  });
  return {
    async noteMeant(key, createRevision) {
      await store.putFor(keys.removal(key), toStored({ id: String(createRevision) } satisfies Meant), keptSeconds);
    },
    async view(key) {
      const { dependants, ...pending } = await lookAt(key.tenant);
      return { ...pending, dependants: dependants.get(toResourcePath(key)) ?? [] };
    },
  };
}
