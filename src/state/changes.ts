import type { ActualRecord } from '../domain/actual.ts';
import { emptyAuditHead, toAuditRecord, type AuditEvent, type AuditHead } from '../domain/audit.ts';
import { isSameJson } from '../domain/canonical.ts';
import { HomeostatError } from '../domain/failure.ts';
import { showResource, type ResourceKey } from '../domain/identity.ts';
import type { Keys } from '../domain/keys.ts';
import { findAuditHead, parseAuditHead } from './audit-head.ts';
import type { StateContext } from './state-context.ts';
import type { Write } from './store.ts';
import { parseActual, toStored } from './stored-json.ts';
import { transact, type Proposal, type Snapshot, type Transacted } from './transact.ts';

/** A pure step from one actual record to the next; undefined = the resource is gone, or was never there. */
export type ActualChange = (current: ActualRecord | undefined) => ActualRecord | undefined | 'unchanged';

/**
 * One transaction on a resource's records: what is decided, its actual and its audit chain change together or not at
 * all. Everything that is read guards the commit.
 */
export interface Change<Result> {
  readonly resource: ResourceKey;
  /** ISO 8601; when it happened, for the audit record. */
  readonly at: string;
  /** Keys that `decide` looks at, besides actual and the audit head. */
  readonly reads?: readonly string[];
  readonly actual?: ActualChange | undefined;
  /** Pure; asked again after a conflict. An event it returns is appended to the resource's chain. */
  decide(snapshot: Snapshot): Decided<Result>;
  /** Whether `decide` may return an event; without, other writers of the chain are no conflict. Default: true. */
  readonly audited?: boolean;
}

export interface Decided<Result> {
  readonly result: Result;
  readonly writes?: readonly Write[];
  readonly audit?: AuditEvent;
}

export async function commitChange<Result>(
  context: StateContext,
  { resource, at, reads = [], actual, decide, audited = true }: Change<Result>,
): Promise<Transacted<Result>> {
  const { store, keys, beliefs } = context;
  const actualKey = keys.actual(resource);
  const headKey = keys.auditHead(resource);
  const readKeys = [...reads, ...(actual === undefined ? [] : [actualKey]), ...(audited ? [headKey] : [])];
  const believed = beliefs.about(readKeys);
  /** After what the chain goes on where its head is lost. */
  let found: AuditHead | undefined;
  const propose = (snapshot: Snapshot): Proposal<Result> => {
    const { result, writes = [], audit } = decide(snapshot);
    const actualWrites = actual === undefined ? [] : toActualWrites(actualKey, snapshot, actual);
    if (audit === undefined) return { result, writes: [...writes, ...actualWrites] };
    const head = parseAuditHead(snapshot.get(headKey)) ?? found;
    const record = toAuditRecord(head ?? emptyAuditHead, resource, at, audit);
    const recordKey = keys.audit(resource, record.seq);
    const next: AuditHead = { seq: record.seq, hash: record.hash };
    return {
      result,
      writes: [
        ...writes,
        ...actualWrites,
        { type: 'put', key: recordKey, value: toStored(record) },
        { type: 'put', key: headKey, value: toStored(next) },
      ],
      proof: recordKey,
      unread: [head === undefined ? { emptyBelow: keys.auditOf(resource) } : { key: recordKey, modRevision: 0 }],
    };
  };
  const onConflict = async (snapshot: Snapshot): Promise<void> => {
    const isHeadLost = audited && parseAuditHead(snapshot.get(headKey)) === undefined;
    if (isHeadLost) found = await findAuditHead(context, resource);
  };
  return transact(store, readKeys, propose, { believed, onWritten: beliefs.noteWritten, onConflict });
}

function toActualWrites(key: string, snapshot: Snapshot, change: ActualChange): readonly Write[] {
  const stored = snapshot.get(key);
  const current = parseActual(stored);
  const next = change(current);
  if (next === 'unchanged') return [];
  if (next === undefined) return stored === undefined ? [] : [{ type: 'delete', key }];
  // Writing the same again would wake every watcher for nothing.
  if (current !== undefined && isSameJson(current, next)) return [];
  return [{ type: 'put', key, value: toStored(next) }];
}

/** Mod revisions at which desired, and actual where it is named, must stand, 0 = absent: for who judged by what was there. */
export interface ChangeGrounds {
  readonly desiredRevision: number;
  readonly actualRevision?: number;
}

/**
 * Changes a resource's actual record, with an audit event if there is one to tell. Nothing new = nothing written. With
 * grounds only while they hold, else `STALE_REVISION`.
 */
export type ChangeActual = (
  key: ResourceKey,
  change: ActualChange,
  audit?: AuditEvent,
  grounds?: ChangeGrounds,
) => Promise<{ readonly revision: number; readonly written: boolean }>;

export function createChangeActual(context: StateContext): ChangeActual {
  const { keys } = context;
  return async (resource, actual, audit, grounds) => {
    const stand = grounds === undefined ? [] : standOf(keys, resource, grounds);
    const decided = { result: undefined, ...(audit === undefined ? {} : { audit }) };
    const { revision, written } = await commitChange(context, {
      resource,
      at: context.now().toISOString(),
      actual,
      audited: audit !== undefined,
      ...(grounds === undefined ? {} : { reads: [keys.desired(resource)] }),
      decide(snapshot) {
        for (const { half, key, revision } of stand) {
          const have = snapshot.get(key)?.modRevision ?? 0;
          if (have === revision) continue;
          throw new HomeostatError('STALE_REVISION', {
            path: showResource(resource),
            problem: `${half} moved: have ${have}, judged by ${revision}`,
          });
        }
        return decided;
      },
    });
    return { revision, written };
  };
}

function standOf(keys: Keys, resource: ResourceKey, { desiredRevision, actualRevision }: ChangeGrounds) {
  const ofDesired = { half: 'desired', key: keys.desired(resource), revision: desiredRevision };
  if (actualRevision === undefined) return [ofDesired];
  return [ofDesired, { half: 'actual', key: keys.actual(resource), revision: actualRevision }];
}
