import { emptyAuditHead, findAuditFault, type AuditHead, type AuditRecord } from '../domain/audit.ts';
import { toBatches } from '../domain/batches.ts';
import { describeThrown } from '../domain/failure.ts';
import type { ResourceKey } from '../domain/identity.ts';
import { fromStoreKey } from '../domain/keys.ts';
import { parseAuditHead } from './audit-head.ts';
import type { StateContext } from './state-context.ts';
import { maximumOperations, type StoreEntry } from './store.ts';
import { parseOwn, toStored } from './stored-json.ts';

/**
 * Takes audit records that leave the store, a line each, oldest first. Resolves when they are safe; only then are they
 * removed. A crash in between hands them in again: who reads the lines drops repeats by `seq`.
 */
export type AuditArchive = (resource: ResourceKey, lines: readonly string[]) => Promise<void>;

/** A resource's audit chain, as far as it is still in the store. */
export interface AuditLog {
  /** Oldest first. */
  list(resource: ResourceKey): Promise<readonly AuditRecord[]>;
  /** The first fault in the chain, or undefined when it is whole. Records that were archived are not missed. */
  verify(resource: ResourceKey): Promise<string | undefined>;
  /**
   * Archives and removes all but the newest 200 records of every resource there ever was; how many went. Without an
   * archive nothing goes, and of a chain whose head cannot be read neither. Stops early when the signal aborts. A chain
   * that cannot be trimmed keeps none of the others; it throws at the end.
   */
  trim(signal?: AbortSignal): Promise<number>;
}

export const keptRecords = 200;

export function createAuditLog({ store, keys }: StateContext, archive?: AuditArchive): AuditLog {
  const listEntries = async (resource: ResourceKey) => store.list(keys.auditOf(resource));
  const readHead = async (resource: ResourceKey, atRevision: number): Promise<AuditHead> => {
    const headKey = keys.auditHead(resource);
    // At the list's own revision: a record appended in between is no fault.
    const { entries } = await store.list(headKey, { atRevision });
    return parseAuditHead(entries.find((entry) => entry.key === headKey)) ?? emptyAuditHead;
  };

  /** Chains with more than the records that are kept, by the newest record that may go: a chain has no gaps. */
  const listLongChains = async () => {
    // Heads are never deleted, so they name the resources that are gone too.
    const { entries } = await store.list(keys.auditHeadPrefix);
    return entries.flatMap((entry) => {
      const resource = fromStoreKey(entry.key, keys.auditHeadPrefix);
      const seq = parseAuditHead(entry)?.seq ?? 0;
      return resource === undefined || seq <= keptRecords
        ? []
        : [{ resource, newestToGo: keys.audit(resource, seq - keptRecords) }];
    });
  };
  const trimChain = async (into: AuditArchive, resource: ResourceKey, newestToGo: string): Promise<number> => {
    const { entries } = await listEntries(resource);
    const old = entries.filter(({ key }) => key <= newestToGo);
    // Another runtime was quicker.
    if (old.length === 0) return 0;
    await into(resource, old.map(toLine));
    // The oldest go first: after a crash in between the newest of them still says that there is something to do.
    for (const some of toBatches(old, maximumOperations)) {
      await store.commit(
        [],
        some.map(({ key }) => ({ type: 'delete', key })),
      );
    }
    return old.length;
  };

  return {
    async list(resource) {
      return (await listEntries(resource)).entries.flatMap((entry) => parseOwn<AuditRecord>(entry) ?? []);
    },
    async verify(resource) {
      const { entries, revision } = await listEntries(resource);
      const records: AuditRecord[] = [];
      for (const entry of entries) {
        const record = parseOwn<AuditRecord>(entry);
        if (record === undefined || entry.key !== keys.audit(resource, record.seq))
          return `${entry.key} holds no record of its own`;
        records.push(record);
      }
      const head = await readHead(resource, revision);
      const first = records[0]?.seq ?? head.seq + 1;
      if (first > 1 && head.seq - first + 1 < keptRecords) return `record ${first - 1} is missing`;
      return findAuditFault(records, head);
    },
    async trim(signal) {
      if (archive === undefined) return 0;
      let removed = 0;
      const errors: unknown[] = [];
      for (const some of toBatches(await listLongChains(), maximumOperations)) {
        const { entries } = await store.getMany(some.map(({ newestToGo }) => newestToGo));
        for (const { resource, newestToGo } of some) {
          if (signal?.aborted === true) return removed;
          if (!entries.has(newestToGo)) continue;
          try {
            removed += await trimChain(archive, resource, newestToGo);
          } catch (error) {
            errors.push(error);
          }
        }
      }
      if (errors.length > 0) {
        throw new AggregateError(
          errors,
          `not every audit chain could be trimmed (${errors.length} failed): ${describeThrown(errors[0])}`,
        );
      }
      return removed;
    },
  };
}

/** One line, whatever stands there: also a record that somebody broke is kept as it is. */
function toLine(entry: StoreEntry): string {
  const record = parseOwn<AuditRecord>(entry);
  return record === undefined ? JSON.stringify({ key: entry.key, broken: entry.value }) : toStored(record);
}
