import type { ActualRecord } from '../domain/actual.ts';
import { toBatches } from '../domain/batches.ts';
import { HomeostatError } from '../domain/failure.ts';
import type { StandingFreeze } from '../domain/freeze.ts';
import { showResource, toResourcePath, type ResourceKey } from '../domain/identity.ts';
import type { JsonValue } from '../domain/json.ts';
import { fromStoreKey } from '../domain/keys.ts';
import { toResourceKey, type Resource } from '../domain/resource.ts';
import { toUnknownResource } from '../domain/unknown-resource.ts';
import { toStandingFreeze } from './freezes.ts';
import type { StateContext } from './state-context.ts';
import { isAnswerTooLarge } from './store-error.ts';
import { maximumOperations, type StoreEntry } from './store.ts';
import { parseActual, readStored, toStored } from './stored-json.ts';
import { transact } from './transact.ts';

/** A resource as the store has it, both halves at one revision. */
export interface ResourceSnapshot {
  readonly key: ResourceKey;
  readonly revision: number;
  readonly desired?: {
    /** Unchecked; null where it cannot be read. */
    readonly value: JsonValue;
    /** Why it cannot be read: such a value is refused, and never taken for absent. */
    readonly fault?: HomeostatError;
    readonly createRevision: number;
    readonly modRevision: number;
  };
  readonly actual?: { readonly record: ActualRecord; readonly modRevision: number };
  /** Those of the scopes asked about that were frozen. */
  readonly freezes: readonly StandingFreeze[];
}

export interface WriteOptions {
  /** Desired's mod revision the writer saw, 0 = absent; another one is `STALE_REVISION`. */
  readonly expectedRevision?: number;
}

export interface PutResult {
  /** Desired's mod revision now. */
  readonly revision: number;
  readonly outcome: 'created' | 'updated';
}

/** Reads of both halves of resources, and the only writes to desired: those of our doors, never of the runtime. */
export interface Resources {
  /** With the freezes of the given scopes at the same revision. */
  read(key: ResourceKey, scopes?: readonly string[]): Promise<ResourceSnapshot>;
  /**
   * What this process last read or wrote of both halves, without asking; nothing when it does not know. It may be old:
   * only for who guards what follows by its revisions. Knows no freezes.
   */
  remembered(key: ResourceKey): ResourceSnapshot | undefined;
  /** Several, in the order of the keys: many a call, those of one call at one revision. Knows no freezes. */
  readMany(keys: readonly ResourceKey[]): Promise<readonly ResourceSnapshot[]>;
  /** Names of all that anything is on record of, in order. */
  listRecorded(): Promise<readonly ResourceKey[]>;
  /** All of a tenant, of a kind, or all there are, at one revision, in the order of their paths. */
  list(tenant?: string, kind?: string): Promise<readonly ResourceSnapshot[]>;
  /** Keys below `desired/` that name no resource, in order. */
  listMalformed(): Promise<readonly string[]>;
  /** Takes a checked resource. */
  putDesired(resource: Resource, options?: WriteOptions): Promise<PutResult>;
  /** Throws `NOT_FOUND` when nothing is desired. */
  deleteDesired(key: ResourceKey, options?: WriteOptions): Promise<{ readonly revision: number }>;
}

/** Both halves of so many fit into one transaction. */
const readAtOnce = maximumOperations / 2;

export function createResources({ store, keys, beliefs }: StateContext): Resources {
  const readBatch = async (wanted: readonly ResourceKey[]): Promise<readonly ResourceSnapshot[]> => {
    try {
      const { revision, entries } = await store.getMany(wanted.flatMap((key) => [keys.desired(key), keys.actual(key)]));
      return wanted.map((key) =>
        toSnapshot(key, revision, entries.get(keys.desired(key)), entries.get(keys.actual(key))),
      );
    } catch (error) {
      if (!isAnswerTooLarge(error) || wanted.length === 1) throw error;
      const half = Math.ceil(wanted.length / 2);
      return [...(await readBatch(wanted.slice(0, half))), ...(await readBatch(wanted.slice(half)))];
    }
  };
  return {
    async read(key, scopes = []) {
      const [desiredKey, actualKey] = [keys.desired(key), keys.actual(key)];
      // The head of the audit chain is read for what will be written after it.
      const own = [desiredKey, actualKey, keys.auditHead(key)];
      const freezeKeys = scopes.map((scope) => keys.freeze(scope));
      const { revision, entries } = await store.getMany([...own, ...freezeKeys]);
      beliefs.noteRead(own, entries, revision);
      const frozen = freezeKeys.flatMap((freezeKey) => entries.get(freezeKey) ?? []);
      return {
        ...toSnapshot(key, revision, entries.get(desiredKey), entries.get(actualKey)),
        freezes: frozen.map((entry) => toStandingFreeze(keys, entry)),
      };
    },
    remembered(key) {
      const [desiredKey, actualKey] = [keys.desired(key), keys.actual(key)];
      const believed = beliefs.about([desiredKey, actualKey]);
      if (believed === undefined) return undefined;
      return toSnapshot(key, believed.revision, believed.get(desiredKey), believed.get(actualKey));
    },
    async readMany(wanted) {
      const snapshots: ResourceSnapshot[] = [];
      for (const some of toBatches(wanted, readAtOnce)) snapshots.push(...(await readBatch(some)));
      return snapshots;
    },
    async listRecorded() {
      const { entries } = await store.list(keys.actualPrefix, { keysOnly: true });
      return entries.flatMap(({ key }) => fromStoreKey(key, keys.actualPrefix) ?? []);
    },
    async list(tenant, kind) {
      const desired = await store.list(keys.desiredIn(tenant, kind));
      const actual = await store.list(keys.actualIn(tenant, kind), { atRevision: desired.revision });
      const found = new Map<string, { key: ResourceKey; desired?: StoreEntry; actual?: StoreEntry }>();
      const note = (entry: StoreEntry, half: 'desired' | 'actual', prefix: string) => {
        const key = fromStoreKey(entry.key, prefix);
        if (key === undefined || (kind !== undefined && key.kind !== kind)) return;
        const path = toResourcePath(key);
        found.set(path, { ...found.get(path), key, [half]: entry });
      };
      for (const entry of desired.entries) note(entry, 'desired', keys.desiredPrefix);
      for (const entry of actual.entries) note(entry, 'actual', keys.actualPrefix);
      return [...found.keys()]
        .toSorted()
        .map((path) => found.get(path)!)
        .map((resource) => toSnapshot(resource.key, desired.revision, resource.desired, resource.actual));
    },
    async listMalformed() {
      const { entries } = await store.list(keys.desiredPrefix);
      return entries.map(({ key }) => key).filter((key) => fromStoreKey(key, keys.desiredPrefix) === undefined);
    },
    async putDesired(resource, options) {
      const key = toResourceKey(resource);
      const storeKey = keys.desired(key);
      const { result, revision } = await transact<PutResult['outcome']>(store, [storeKey], (snapshot) => {
        const stored = snapshot.get(storeKey);
        checkRevision(key, stored, options?.expectedRevision);
        return {
          writes: [{ type: 'put', key: storeKey, value: toStored(resource) }],
          result: stored === undefined ? 'created' : 'updated',
        };
      });
      return { revision, outcome: result };
    },
    async deleteDesired(key, options) {
      const storeKey = keys.desired(key);
      const { revision } = await transact(store, [storeKey], (snapshot) => {
        const stored = snapshot.get(storeKey);
        checkRevision(key, stored, options?.expectedRevision);
        if (stored === undefined) throw toUnknownResource(key);
        return { writes: [{ type: 'delete', key: storeKey }], result: undefined };
      });
      return { revision };
    },
  };
}

function toSnapshot(
  key: ResourceKey,
  revision: number,
  desired: StoreEntry | undefined,
  actual: StoreEntry | undefined,
): ResourceSnapshot {
  const record = parseActual(actual);
  return {
    key,
    revision,
    freezes: [],
    ...(desired === undefined ? {} : { desired: toDesired(desired) }),
    ...(actual === undefined || record === undefined ? {} : { actual: { record, modRevision: actual.modRevision } }),
  };
}

function toDesired(entry: StoreEntry): NonNullable<ResourceSnapshot['desired']> {
  const { createRevision, modRevision } = entry;
  return { ...readStored(entry), createRevision, modRevision };
}

/** Refuses who saw another desired than the stored one: `STALE_REVISION`. */
export function checkRevision(
  key: ResourceKey,
  stored: { readonly modRevision: number } | undefined,
  expected: number | undefined,
): void {
  const have = stored?.modRevision ?? 0;
  if (expected === undefined || expected === have) return;
  throw new HomeostatError('STALE_REVISION', {
    path: showResource(key),
    problem: `have ${have}, sent ${expected}`,
    remedy: 'read it again and change that',
  });
}
