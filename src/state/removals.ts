import { appliedDependencies } from '../domain/actual.ts';
import { toBatches } from '../domain/batches.ts';
import { toResourcePath, type ResourceKey } from '../domain/identity.ts';
import { fromStoreKey } from '../domain/keys.ts';
import type { PendingRemovals } from '../domain/mass-delete.ts';
import { findPassedOver } from '../domain/removal-order.ts';
import { createSharedReads } from './shared-reads.ts';
import type { StateContext } from './state-context.ts';
import { maximumOperations } from './store.ts';
import { parseActual, parseOwn, toStored } from './stored-json.ts';
import { transact } from './transact.ts';

/** What the removal of a resource must know of its tenant. */
export interface RemovalView extends PendingRemovals {
  /** Those that must be gone before it: they depend on it, by what was last applied. */
  readonly dependants: readonly ResourceKey[];
  /** Somebody said at a door that this one is meant. */
  readonly isMeant: boolean;
  /** How many there were when it was found to be one of too many. */
  readonly counted?: PendingRemovals;
}

/** What is no longer desired, and must go. */
export interface Removals {
  /**
   * Says that a resource is about to be deleted at a door, where it was counted how many are: the thing of these ids, which
   * are its desired key's create revision and the id on its record. Forgotten after thirty days.
   */
  noteMeant(key: ResourceKey, ids: readonly string[]): Promise<void>;
  /** Takes that back where the delete was refused and the resource is still desired. */
  takeBack(key: ResourceKey): Promise<void>;
  /**
   * Remembers for as long that a resource, by the id on its record, is one of too many that are to go: it stays so when the
   * others have gone.
   */
  noteCounted(key: ResourceKey, id: string, pending: PendingRemovals): Promise<void>;
  /** As things are now. Takes a look at all of its tenant, which all who ask at once share. */
  view(key: ResourceKey): Promise<RemovalView>;
}

/** Under `removals/`: what was said or found of the removal of one thing. */
interface RemovalNote {
  /** What it is of, as desired names it and as the record does, which may lag behind: create revisions of the desired key. */
  readonly ids: readonly string[];
  /** One of too many; absent: it is meant. */
  readonly counted?: PendingRemovals;
}

const keptSeconds = 30 * 24 * 60 * 60;

export function createRemovals({ store, keys }: Pick<StateContext, 'store' | 'keys'>): Removals {
  /** What was noted of those very things, by their paths. */
  const readNotes = async (going: readonly { readonly key: ResourceKey; readonly id: string }[]) => {
    const notes = new Map<string, RemovalNote>();
    for (const some of toBatches(going, maximumOperations)) {
      const { entries } = await store.getMany(some.map(({ key }) => keys.removal(key)));
      for (const { key, id } of some) {
        const note = parseOwn<RemovalNote>(entries.get(keys.removal(key)));
        if (note?.ids.includes(id) === true) notes.set(toResourcePath(key), note);
      }
    }
    return notes;
  };
  const lookAt = createSharedReads(async (tenant) => {
    const { revision, entries } = await store.list(keys.actualIn(tenant));
    const desired = await store.list(keys.desiredIn(tenant), { atRevision: revision, keysOnly: true });
    const wanted = new Set(desired.entries.map((entry) => entry.key));
    const applied = entries.flatMap((entry) => {
      const key = fromStoreKey(entry.key, keys.actualPrefix);
      const { id, lastApplied } = parseActual(entry) ?? {};
      return key === undefined || id === undefined || lastApplied === undefined ? [] : [{ key, id, lastApplied }];
    });
    const needs = applied.flatMap(({ key, lastApplied }) =>
      appliedDependencies(key, lastApplied).map((dependency) => ({ needed: toResourcePath(dependency), by: key })),
    );
    const going = applied.filter(({ key }) => !wanted.has(keys.desired(key)));
    const notes = await readNotes(going);
    const unmeant = going.filter(({ key }) => {
      const note = notes.get(toResourcePath(key));
      return note === undefined || note.counted !== undefined;
    }).length;
    const needsOfGoing = new Map(
      going.map(({ key, lastApplied }) => [
        toResourcePath(key),
        appliedDependencies(key, lastApplied).map(toResourcePath),
      ]),
    );
    const dependants = Map.groupBy(needs, ({ needed }) => needed);
    return { dependants, needsOfGoing, notes, unmeant, among: applied.length };
  });
  const put = (key: ResourceKey, note: RemovalNote) => store.putFor(keys.removal(key), toStored(note), keptSeconds);
  return {
    noteMeant: (key, ids) => put(key, { ids }),
    async takeBack(key) {
      const desiredKey = keys.desired(key);
      await transact(store, [desiredKey], (snapshot) => ({
        writes: snapshot.get(desiredKey) === undefined ? [] : [{ type: 'delete', key: keys.removal(key) }],
        result: undefined,
      }));
    },
    noteCounted: (key, id, counted) => put(key, { ids: [id], counted }),
    async view(key) {
      const { dependants, needsOfGoing, notes, ...pending } = await lookAt(key.tenant);
      const path = toResourcePath(key);
      const note = notes.get(path);
      const passedOver = findPassedOver(path, (one) => needsOfGoing.get(one));
      return {
        ...pending,
        dependants: (dependants.get(path) ?? []).flatMap(({ by }) => (passedOver.has(toResourcePath(by)) ? [] : [by])),
        isMeant: note !== undefined && note.counted === undefined,
        ...(note?.counted === undefined ? {} : { counted: note.counted }),
      };
    },
  };
}
