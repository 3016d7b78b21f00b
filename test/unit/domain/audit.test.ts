import { describe, expect, test } from 'vitest';
import {
  emptyAuditHead,
  findAuditFault,
  toAuditRecord,
  type AuditHead,
  type AuditRecord,
} from '../../../src/domain/audit.ts';
import { digestOf } from '../../../src/domain/canonical.ts';

const resource = { tenant: 'default', kind: 'Widget', name: 'web' };

function chainOf(length: number): { records: AuditRecord[]; head: AuditHead } {
  const records: AuditRecord[] = [];
  let head = emptyAuditHead;
  for (let index = 1; index <= length; index += 1) {
    const record = toAuditRecord(head, resource, `2026-11-21T00:00:0${index}.000Z`, {
      type: 'step-end',
      workflowId: 'reconcile.default.Widget.web',
      runId: 'run-1',
      detail: { step: `s${index}` },
    });
    records.push(record);
    head = { seq: record.seq, hash: record.hash };
  }
  return { records, head };
}

describe('an audit chain', () => {
  test('that nobody touched is whole, from none to many', () => {
    for (const length of [0, 1, 5]) {
      const { records, head } = chainOf(length);
      expect(findAuditFault(records, head)).toBeUndefined();
    }
  });

  test('whose beginning was archived is whole', () => {
    const { records, head } = chainOf(5);
    expect(findAuditFault(records.slice(2), head)).toBeUndefined();
  });

  test.each(Object.keys(chainOf(1).records[0]!).filter((field) => field !== 'hash'))('shows a changed %s', (field) => {
    const { records, head } = chainOf(3);
    const changed = records.map((record, index) => (index === 1 ? { ...record, [field]: 'forged' } : record));
    expect(findAuditFault(changed, head)).toMatch(/was changed/);
  });

  test.each([
    { forge: ([a, , c]: AuditRecord[]) => [a!, c!], fault: /2 is missing/, reason: 'one taken out of the middle' },
    { forge: ([a, b, c]: AuditRecord[]) => [b!, a!, c!], fault: /missing/, reason: 'two changed places' },
    { forge: ([a, b]: AuditRecord[]) => [a!, b!], fault: /ends at 2/, reason: 'its end cut off' },
    { forge: () => [], fault: /ends at 0/, reason: 'all of it gone' },
    { forge: ([a, b, c]: AuditRecord[]) => [a!, b!, c!, c!], fault: /missing/, reason: 'one repeated' },
    {
      forge: ([a, b, c]: AuditRecord[]) => [a!, rehashed(b!, { runId: 'x' }), c!],
      fault: /does not follow/,
      reason: 'one rewritten with its hash',
    },
    {
      forge: ([a, b, c]: AuditRecord[]) => [a!, b!, rehashed(c!, { runId: 'x' })],
      fault: /not the one/,
      reason: 'the last rewritten with its hash',
    },
    {
      forge: ([a, b, c]: AuditRecord[]) => [a!, { ...b!, extra: 1 } as AuditRecord, c!],
      fault: /was changed/,
      reason: 'a field added',
    },
  ])('shows $reason', ({ forge, fault }) => {
    const { records, head } = chainOf(3);
    expect(findAuditFault(forge(records), head)).toMatch(fault);
  });
});

function rehashed(record: AuditRecord, change: object): AuditRecord {
  const { hash: _, ...body } = record;
  const forged = { ...body, ...change };
  return { ...forged, hash: digestOf(forged) };
}
