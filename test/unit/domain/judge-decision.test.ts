import { describe, expect, test } from 'vitest';
import {
  decisionSchema,
  decisionSignalSchema,
  resolutionSchema,
  type Decision,
  type DecisionPayload,
} from '../../../src/domain/approval.ts';
import { judgeDecision, type Gate } from '../../../src/domain/judge-decision.ts';

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
    const judgement = judgeDecision(gate, said, 500);
    expect(judgement.type === 'refuse' ? judgement.error.code : judgement.type).toBe(expected);
  });

  test.each([
    { now: 999, expected: 'accept' },
    { now: 1_000, expected: 'APPROVAL_EXPIRED' },
    { now: 5_000, expected: 'APPROVAL_EXPIRED' },
  ])('at $now of 1000 → $expected', ({ now, expected }) => {
    const judgement = judgeDecision(gate(), say('approved'), now);
    expect(judgement.type === 'refuse' ? judgement.error.code : judgement.type).toBe(expected);
  });

  test('the same again is answered the same, even late', () => {
    const first = decided('approved');
    expect(judgeDecision(gate({ decision: first }), say('approved'), 5_000)).toEqual({
      type: 'repeat',
      decision: first,
    });
  });

  test('that counts names the unverified approver, the reason and the time of the workflow', () => {
    expect(judgeDecision(gate(), { ...say('rejected'), reason: 'no' }, 500)).toEqual({
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
  ])('$reason is refused by the signals', ({ payload }) => {
    expect(decisionSignalSchema.safeParse(payload).success).toBe(false);
  });

  test('the seal alone is enough for a signal, an update needs the verdict', () => {
    expect(decisionSignalSchema.parse({ seal })).toEqual({ seal, approver: 'unknown' });
    expect(decisionSchema.safeParse({ seal }).success).toBe(false);
    expect(decisionSchema.safeParse({ seal, verdict: 'maybe' }).success).toBe(false);
    expect(decisionSchema.parse({ seal, verdict: 'approved', approver: 'ann' }).verdict).toBe('approved');
  });

  test('a resolution names seal, step and choice', () => {
    expect(resolutionSchema.safeParse({ seal, step: 's1', choice: 'adopt' }).success).toBe(true);
    for (const bad of [{ step: '../s1' }, { choice: 'ignore' }, { seal: 'x' }, { extra: 1 }]) {
      expect(resolutionSchema.safeParse({ seal, step: 's1', choice: 'adopt', ...bad }).success).toBe(false);
    }
  });
});
