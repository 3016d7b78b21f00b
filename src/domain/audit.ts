import { digestOf } from './canonical.ts';
import type { ResourceKey } from './identity.ts';
import type { JsonObject } from './json.ts';

/** What happened, said by the part that did it. */
export interface AuditEvent {
  readonly type:
    | 'plan-proposed'
    | 'approval-requested'
    | 'approval-decided'
    | 'approval-closed'
    | 'block-lifted'
    | 'step-end'
    | 'outcome-unknown'
    | 'outcome-resolved'
    | 'run-recorded'
    | 'model-asked'
    | 'incident-opened'
    | 'incident-closed'
    | 'paused'
    | 'resumed';
  readonly workflowId: string;
  readonly runId: string;
  readonly detail: JsonObject;
}

/** The value of `audit/…/<seq>`: an event in a hash chain, so that nothing can be changed or left out unseen. */
export interface AuditRecord extends AuditEvent {
  readonly seq: number;
  readonly resource: ResourceKey;
  readonly at: string;
  readonly previous: string;
  readonly hash: string;
}

/** The value of `audit-head/…`; never deleted, so that a chain cannot be cut off at its end. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

export const emptyAuditHead: AuditHead = { seq: 0, hash: '0'.repeat(64) };

/** The next record of a chain. */
export function toAuditRecord(head: AuditHead, resource: ResourceKey, at: string, event: AuditEvent): AuditRecord {
  const body = { ...event, resource, at, seq: head.seq + 1, previous: head.hash };
  return { ...body, hash: digestOf(body) };
}

/** The first fault in a chain, oldest record first, or undefined when it is whole and ends at the head. */
export function findAuditFault(records: readonly AuditRecord[], head: AuditHead): string | undefined {
  let previous: AuditRecord | undefined;
  for (const record of records) {
    const { hash, ...body } = record;
    if (digestOf(body) !== hash) return `record ${record.seq} was changed`;
    if (previous !== undefined && record.seq !== previous.seq + 1) return `record ${previous.seq + 1} is missing`;
    if (previous !== undefined && record.previous !== previous.hash) return `record ${record.seq} does not follow`;
    previous = record;
  }
  if ((previous?.seq ?? 0) !== head.seq) return `the chain ends at ${previous?.seq ?? 0}, its head says ${head.seq}`;
  if (previous !== undefined && previous.hash !== head.hash) return 'the last record is not the one its head names';
  return undefined;
}
