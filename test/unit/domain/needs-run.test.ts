import { describe, expect, test } from 'vitest';
import type { ActualRecord } from '../../../src/domain/actual.ts';
import { asksForLook, needsRun, runReasons } from '../../../src/domain/needs-run.ts';

const now = Date.parse('2026-11-21T12:00:00.000Z');
const actual = (status: Partial<ActualRecord['status']>): ActualRecord => ({
  apiVersion: 'homeostat/v1',
  kind: 'Widget',
  metadata: { name: 'web', tenant: 'default' },
  id: '2',
  status: { state: 'Running', settledRevision: 7, drifted: false, failures: 0, conditions: [], ...status },
});

describe('a resource needs a run', () => {
  test.each([
    { desired: 7, status: undefined, expected: 'desired-changed', reason: 'nothing was ever recorded' },
    { desired: 0, status: undefined, expected: undefined, reason: 'there is nothing at all' },
    { desired: 7, status: {}, expected: undefined, reason: 'settled' },
    { desired: 8, status: {}, expected: 'desired-changed', reason: 'desired is newer' },
    { desired: 6, status: {}, expected: 'desired-changed', reason: 'desired is older: the store was restored' },
    { desired: 0, status: {}, expected: 'desired-changed', reason: 'desired went away' },
    { desired: 0, status: { settledRevision: 0 }, expected: undefined, reason: 'its absence was dealt with' },
    { desired: 7, status: { settledRevision: -1 }, expected: 'desired-changed', reason: 'a run has only begun' },
    { desired: 7, status: { state: 'Error', failures: 9 }, expected: undefined, reason: 'in Error and settled' },
    {
      desired: 7,
      status: { refused: { identity: 'i', reason: 'no', approver: 'ann' } },
      expected: undefined,
      reason: 'a person refused it',
    },
    { desired: 7, status: { drifted: true }, expected: 'drifted', reason: 'drifted' },
    { desired: 8, status: { drifted: true }, expected: 'desired-changed', reason: 'both: desired goes first' },
    { desired: 7, status: { retryAt: '2026-11-21T12:00:00.000Z' }, expected: 'retry-due', reason: 'the retry is due' },
    { desired: 7, status: { retryAt: '2026-11-21T12:00:00.001Z' }, expected: undefined, reason: 'it is not due yet' },
    { desired: 7, status: { retryAt: 'soon' }, expected: undefined, reason: 'a time nobody can read' },
  ] as const)('$reason → $expected', ({ desired, status, expected }) => {
    expect(needsRun(desired, status === undefined ? undefined : actual(status), now)).toBe(expected);
  });
});

test('only what desired says is no news to a run that has read it', () => {
  expect(runReasons.filter((reason) => !asksForLook(reason))).toEqual(['desired-changed', 'desired-deleted']);
});
