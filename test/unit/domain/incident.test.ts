import { expect, test } from 'vitest';
import { whySuppressed, type Incident } from '../../../src/domain/incident.ts';

const now = Date.parse('2026-11-22T10:01:00.000Z');
const incident = (change: Partial<Incident> = {}): Incident => ({
  format: 1,
  resource: { tenant: 'default', kind: 'Instance', name: 'web' },
  type: 'service_down',
  severity: 'warning',
  summary: 'it does not answer',
  state: 'resolved',
  workflowId: 'heal.default.Instance.web.service_down',
  runId: 'run-1',
  since: '2026-11-22T10:00:00.000Z',
  openedAt: '2026-11-22T10:00:00.000Z',
  closedAt: '2026-11-22T10:00:01.000Z',
  attempts: [],
  earlier: [],
  desiredRevision: 7,
  ...change,
});
const longAgo = '2026-11-22T09:00:00.000Z';
const given = { state: 'escalated', closedAt: longAgo, leftAloneUntil: '2026-11-22T10:01:00.001Z' } as const;

test.each<{ current: Incident | undefined; why: string | undefined; reason: string }>([
  { current: undefined, why: undefined, reason: 'the first of its type' },
  { current: incident({ state: 'open' }), why: undefined, reason: 'one that is open' },
  {
    current: incident(),
    why: 'was resolved 59 s ago; until 2026-11-22T10:01:01.000Z',
    reason: 'within a minute of the last',
  },
  { current: incident({ closedAt: '2026-11-22T10:00:00.000Z' }), why: undefined, reason: 'a minute after the last' },
  {
    current: incident(given),
    why: 'was given to people; until 2026-11-22T10:01:00.001Z',
    reason: 'before people are done with it',
  },
  {
    current: incident({ ...given, leftAloneUntil: '2026-11-22T10:01:00.000Z' }),
    why: undefined,
    reason: 'after their time',
  },
  {
    current: incident({ ...given, desiredRevision: 6 }),
    why: undefined,
    reason: 'what was given to people is no longer desired',
  },
  {
    current: incident({ type: 'resource_error', state: 'escalated', closedAt: longAgo }),
    why: 'was escalated for this desired revision already; until another is desired',
    reason: 'a run that failed on the same desired revision',
  },
  {
    current: incident({ type: 'resource_error', desiredRevision: 6, closedAt: longAgo }),
    why: undefined,
    reason: 'a run that failed on a newer desired revision',
  },
])('a fault is left alone, and until when: $reason → $why', ({ current, why }) => {
  expect(whySuppressed(current, 7, now)).toBe(why);
});
