import { describe, expect, test } from 'vitest';
import {
  readDecision,
  readDecisionSignal,
  readResolution,
  type Decision,
  type DecisionPayload,
} from '../../../src/domain/approval.ts';
import { judgeDecision, type Gate } from '../../../src/domain/judge-decision.ts';
import { readHint } from '../../../src/domain/messages.ts';

const resource = { tenant: 'blue', kind: 'Instance', name: 'web' };
const seal = 'a'.repeat(64);
const other = 'b'.repeat(64);
const expiresAt = 1_000;
const decided = (verdict: Decision['verdict']): Decision => ({
  verdict,
  seal,
  approver: 'unverified:ann',
  decidedAt: '1970-01-01T00:00:00.500Z',
});
const say = (verdict: Decision['verdict'], to = seal): DecisionPayload => ({ verdict, seal: to, approver: 'bob' });
const gate = (change: Partial<Gate> = {}): Gate => ({ seal, expiresAt, ...change });

describe('a decision', () => {
  test('that comes too late is told a command that names the resource and its tenant', () => {
    const judgement = judgeDecision(resource, gate(), say('approved'), expiresAt);
    const remedy = 'say: homeostat retry Instance/web --tenant blue';
    expect(judgement).toMatchObject({ type: 'refuse', error: { code: 'APPROVAL_EXPIRED', remedy } });
  });

  test.each([
    { gate: undefined, said: say('approved'), expected: 'NOT_WAITING', reason: 'early: nothing waits' },
    { gate: gate(), said: say('approved'), expected: 'accept', reason: 'in time' },
    { gate: gate(), said: say('rejected'), expected: 'accept', reason: 'in time, a no' },
    { gate: gate(), said: say('approved', other), expected: 'SEAL_MISMATCH', reason: 'another plan waits' },
    {
      gate: gate({ decision: decided('approved') }),
      said: say('approved', other),
      expected: 'NOT_WAITING',
      reason: 'another plan, and this one is decided',
    },
    {
      gate: gate({ closed: 'expired' }),
      said: say('approved', other),
      expected: 'NOT_WAITING',
      reason: 'another plan, and this one is over',
    },
    {
      gate: gate({ decision: decided('approved') }),
      said: say('approved'),
      expected: 'repeat',
      reason: 'the same again',
    },
    {
      gate: gate({ decision: decided('rejected') }),
      said: say('rejected'),
      expected: 'repeat',
      reason: 'the same no again',
    },
    {
      gate: gate({ decision: decided('approved') }),
      said: say('rejected'),
      expected: 'ALREADY_DECIDED',
      reason: 'the opposite',
    },
    {
      gate: gate({ decision: decided('rejected') }),
      said: say('approved'),
      expected: 'ALREADY_DECIDED',
      reason: 'the opposite of a no',
    },
    {
      gate: gate({ closed: 'superseded' }),
      said: say('approved'),
      expected: 'NOT_WAITING',
      reason: 'desired moved on',
    },
    {
      gate: gate({ closed: 'expired' }),
      said: say('approved'),
      expected: 'APPROVAL_EXPIRED',
      reason: 'expired on record',
    },
  ] as const)('$reason → $expected', ({ gate, said, expected }) => {
    const judgement = judgeDecision(resource, gate, said, 500);
    expect(judgement.type === 'refuse' ? judgement.error.code : judgement.type).toBe(expected);
  });

  test.each([
    { now: 999, expected: 'accept' },
    { now: 1_000, expected: 'APPROVAL_EXPIRED' },
    { now: 5_000, expected: 'APPROVAL_EXPIRED' },
  ])('at $now of 1000 → $expected', ({ now, expected }) => {
    const judgement = judgeDecision(resource, gate(), say('approved'), now);
    expect(judgement.type === 'refuse' ? judgement.error.code : judgement.type).toBe(expected);
  });

  test('the same again is answered the same, even late', () => {
    const first = decided('approved');
    expect(judgeDecision(resource, gate({ decision: first }), say('approved'), 5_000)).toEqual({
      type: 'repeat',
      decision: first,
    });
  });

  test('that counts names the unverified approver, the reason and the time of the workflow', () => {
    expect(judgeDecision(resource, gate(), { ...say('rejected'), reason: 'no' }, 500)).toEqual({
      type: 'accept',
      decision: {
        verdict: 'rejected',
        seal,
        approver: 'unverified:bob',
        reason: 'no',
        decidedAt: '1970-01-01T00:00:00.500Z',
      },
    });
  });
});

describe('what is sent', () => {
  test.each([
    { payload: undefined, reason: 'nothing' },
    { payload: 'yes', reason: 'text' },
    { payload: {}, reason: 'no seal' },
    { payload: { seal: seal.slice(0, 12) }, reason: 'a short seal' },
    { payload: { seal: seal.toUpperCase() }, reason: 'capitals' },
    { payload: { seal: `${seal}\n` }, reason: 'a line break behind it' },
    { payload: { seal, approver: '' }, reason: 'nobody' },
    { payload: { seal, approver: 'x'.repeat(201) }, reason: 'an endless name' },
    { payload: { seal, reason: 'x'.repeat(2_001) }, reason: 'an endless reason' },
    { payload: { seal, verdict: 'approved' }, reason: 'a verdict in a signal that is one' },
    { payload: { seal, approver: null }, reason: 'null for a name' },
    { payload: [seal], reason: 'a list' },
    { payload: JSON.parse(`{"seal":"${seal}","__proto__":{"verdict":"approved"}}`), reason: 'a field __proto__' },
    { payload: Object.create({ seal }), reason: 'a seal it has only inherited' },
  ])('$reason is refused by the signals', ({ payload }) => {
    expect(readDecisionSignal(payload).fits).toBe(false);
  });

  test('the seal alone is enough for a signal, an update needs the verdict', () => {
    expect(readDecisionSignal({ seal })).toEqual({ fits: true, message: { seal, approver: 'unknown' } });
    expect(readDecision({ seal }).fits).toBe(false);
    expect(readDecision({ seal, verdict: 'maybe' }).fits).toBe(false);
    expect(readDecision({ seal, verdict: 'approved', approver: 'ann' })).toEqual({
      fits: true,
      message: { seal, verdict: 'approved', approver: 'ann' },
    });
  });

  test('a resolution names seal, step and choice', () => {
    expect(readResolution({ seal, step: 's1', choice: 'adopt' }).fits).toBe(true);
    for (const bad of [{ step: '../s1' }, { choice: 'ignore' }, { seal: 'x' }, { extra: 1 }]) {
      expect(readResolution({ seal, step: 's1', choice: 'adopt', ...bad }).fits).toBe(false);
    }
  });
});

test('every fault of a message is told, each with its place', () => {
  const read = readDecision({ verdict: 'maybe', note: 1 });
  expect(read).toEqual({
    fits: false,
    faults: [
      { path: 'note', problem: 'no such field' },
      { path: 'seal', problem: 'is required' },
      { path: 'verdict', problem: 'must be one of approved, rejected' },
    ],
  });
});

describe('a hint', () => {
  test.each([
    { payload: { desiredRevision: 0, reason: 'drifted' }, reason: 'the least' },
    { payload: { desiredRevision: 7, reason: 'desired-changed', owner: 'host-a' }, reason: 'with an owner' },
    { payload: { desiredRevision: 7, reason: 'desired-changed', since: 1 }, reason: 'with what we do not know' },
  ])('$reason is read', ({ payload }) => {
    expect(readHint(payload)).toEqual(payload);
  });

  test.each([
    { payload: undefined, reason: 'nothing' },
    { payload: null, reason: 'null' },
    { payload: 'look', reason: 'text' },
    { payload: { $undecodable: true }, reason: 'what could not be decoded' },
    { payload: { reason: 'drifted' }, reason: 'no revision' },
    { payload: { desiredRevision: 1.5, reason: 'drifted' }, reason: 'half a revision' },
    { payload: { desiredRevision: -1, reason: 'drifted' }, reason: 'a revision below 0' },
    { payload: { desiredRevision: '7', reason: 'drifted' }, reason: 'a revision as text' },
    { payload: { desiredRevision: 7, reason: 'bored' }, reason: 'an unknown reason' },
    { payload: { desiredRevision: 7, reason: 'drifted', owner: 4 }, reason: 'an owner that is no name' },
  ])('$reason is none', ({ payload }) => {
    expect(readHint(payload)).toBeUndefined();
  });
});
