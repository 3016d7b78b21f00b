import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import { describe, expect, test } from 'vitest';
import { toActivityFailure } from '../../../src/activities/to-activity-failure.ts';
import { withoutEffect } from '../../../src/activities/without-effect.ts';
import { stepWithoutEffect } from '../../../src/domain/run.ts';
import { HomeostatError, HomeostatErrors } from '../../../src/domain/failure.ts';

const rules = { maximumAttempts: 3, uncoded: 'TOOL_FAILED' } as const;
const live = new AbortController().signal;
const coded = (code: ConstructorParameters<typeof HomeostatError>[0]) => new HomeostatError(code, { problem: 'no' });
const failureOf = (error: unknown, attempt = 1, signal = live) =>
  toActivityFailure(error, { signal, attempt }, rules) as ApplicationFailure;

describe('what an activity throws', () => {
  test('says of a step whether it is known to be without effect', () => {
    expect(failureOf(withoutEffect(coded('NOT_READY'))).details).toEqual([stepWithoutEffect]);
    expect(failureOf(coded('NOT_READY')).details ?? []).toEqual([]);
  });

  test.each([
    { error: new Error('broke'), attempt: 1, type: 'TOOL_FAILED', nonRetryable: false, reason: 'no code: tried again' },
    {
      error: new Error('broke'),
      attempt: 3,
      type: 'TOOL_FAILED',
      nonRetryable: true,
      reason: 'no code, tried often enough',
    },
    { error: 'text', attempt: 1, type: 'TOOL_FAILED', nonRetryable: false, reason: 'not even an error' },
    { error: undefined, attempt: 1, type: 'TOOL_FAILED', nonRetryable: false, reason: 'nothing' },
    { error: coded('NOT_READY'), attempt: 2, type: 'NOT_READY', nonRetryable: false, reason: 'a retryable code' },
    {
      error: coded('NOT_READY'),
      attempt: 3,
      type: 'NOT_READY',
      nonRetryable: true,
      reason: 'a retryable code, often enough',
    },
    { error: coded('GRANT_REFUSED'), attempt: 1, type: 'GRANT_REFUSED', nonRetryable: true, reason: 'a final code' },
    {
      error: coded('STORE_UNAVAILABLE'),
      attempt: 999,
      type: 'STORE_UNAVAILABLE',
      nonRetryable: false,
      reason: 'the store is waited for',
    },
    { error: coded('STORE_FULL'), attempt: 999, type: 'STORE_FULL', nonRetryable: false, reason: 'a full one too' },
    {
      error: coded('STORE_CONFLICT'),
      attempt: 999,
      type: 'STORE_CONFLICT',
      nonRetryable: false,
      reason: 'a busy one too',
    },
    {
      error: coded('EFFECT_IN_PROGRESS'),
      attempt: 999,
      type: 'EFFECT_IN_PROGRESS',
      nonRetryable: false,
      reason: 'an effect under way is waited for',
    },
    {
      error: new HomeostatErrors([coded('INVALID_VALUE'), coded('NOT_READY')]),
      attempt: 1,
      type: 'INVALID_VALUE',
      nonRetryable: true,
      reason: 'the first of many',
    },
  ] as const)('$reason → $type, final: $nonRetryable', ({ error, attempt, type, nonRetryable }) => {
    const failure = failureOf(error, attempt);
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ type, nonRetryable });
  });

  test('without a code while it is cancelled → cancelled', () => {
    expect(failureOf(new Error('aborted'), 1, AbortSignal.abort())).toBeInstanceOf(CancelledFailure);
    expect(failureOf(coded('NOT_READY'), 1, AbortSignal.abort())).toMatchObject({ type: 'NOT_READY' });
  });

  test("as Temporal's own goes through", () => {
    const own = [new CancelledFailure('x'), ApplicationFailure.nonRetryable('x', 'STEP_TIMED_OUT')];
    for (const failure of own) expect(failureOf(failure)).toBe(failure);
  });

  test('has a message with all faults, cut, without secrets and with nothing a terminal obeys', () => {
    expect(failureOf(new HomeostatErrors([coded('INVALID_VALUE'), coded('NOT_READY')])).message).toBe(
      'INVALID_VALUE $: no; NOT_READY $: no',
    );
    expect(failureOf(new Error('\u001b[31m')).message).toBe('TOOL_FAILED $: \\u{1b}[31m');
    const token = `ghp_${'a'.repeat(36)}`;
    expect(failureOf(new Error(`cannot log in with ${token}`)).message).toBe(
      'TOOL_FAILED $: cannot log in with [secret]',
    );
    expect(failureOf(new Error(`${'x'.repeat(1_970)} ${token}`)).message).toMatch(/x \[secret\]$/);
    expect(failureOf(new Error('x'.repeat(10_000))).message.length).toBe(2_000);
  });
});
