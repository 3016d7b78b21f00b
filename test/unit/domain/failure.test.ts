import { describe, expect, test } from 'vitest';
import {
  describeThrown,
  escapeControls,
  failureCatalogue,
  HomeostatError,
  HomeostatErrors,
  isFailureCode,
  showValue,
  toCodedErrors,
} from '../../../src/domain/failure.ts';

describe('a coded error', () => {
  test('reads as CODE path: problem (got …) — remedy, and keeps its parts', () => {
    const error = new HomeostatError('INVALID_NAME', {
      path: 'metadata.name',
      problem: 'is bad',
      got: 'Ä',
      remedy: 'mend it',
    });
    expect(error.message).toBe('INVALID_NAME metadata.name: is bad (got Ä) — mend it');
    expect(error).toMatchObject({ code: 'INVALID_NAME', path: 'metadata.name', problem: 'is bad', remedy: 'mend it' });
  });

  test('without path, value and remedy stands for the whole input', () => {
    expect(new HomeostatError('INVALID_BODY', { problem: 'is bad' }).message).toBe('INVALID_BODY $: is bad');
  });

  test('is retryable exactly where the catalogue says so', () => {
    for (const [code, { retryable }] of Object.entries(failureCatalogue)) {
      expect(isFailureCode(code)).toBe(true);
      expect(new HomeostatError(code as keyof typeof failureCatalogue, { problem: 'x' }).retryable).toBe(retryable);
    }
  });

  test.each(['constructor', 'toString', '__proto__', '', 'not_found', undefined, 7])('%s is no code', (value) => {
    expect(isFailureCode(value)).toBe(false);
  });

  test('many errors say one line each, and come apart again', () => {
    const errors = ['a', 'b'].map((problem) => new HomeostatError('INVALID_VALUE', { problem }));
    const all = new HomeostatErrors(errors);
    expect(all.message.split('\n')).toEqual(['INVALID_VALUE $: a', 'INVALID_VALUE $: b']);
    expect(toCodedErrors(all)).toEqual(errors);
    expect(toCodedErrors(errors[0])).toEqual([errors[0]]);
    expect(toCodedErrors(new Error('no code'))).toEqual([]);
  });
});

describe('a value in an error', () => {
  test.each([
    { value: 'x'.repeat(80), shown: 'x'.repeat(80), reason: '80 characters are shown whole' },
    { value: 'x'.repeat(81), shown: `${'x'.repeat(79)}…`, reason: 'more are cut to 80' },
    { value: { a: [1] }, shown: '{"a":[1]}', reason: 'objects as JSON' },
    { value: undefined, shown: 'undefined', reason: 'what JSON has no word for' },
    { value: 10n, shown: '[object BigInt]', reason: 'what JSON refuses' },
    { value: '\u001b[31mred\n', shown: '\\u{1b}[31mred\\u{a}', reason: 'a terminal obeys nothing' },
  ])('$reason', ({ value, shown }) => {
    expect(showValue(value)).toBe(shown);
  });

  test('a cycle is named, not followed', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(showValue(cycle)).toBe('[object Object]');
  });

  test.each([
    { text: '\u0000\t\u007f\u0085', reason: 'C0, DEL and C1 controls' },
    { text: '\u202a\u202e\u2066\u2069\u200e\u200f', reason: 'direction overrides and marks' },
    { text: '\u200b\u200d\u2060\ufeff', reason: 'zero-width characters' },
    { text: '\u2028\u2029', reason: 'line separators' },
    { text: '\ud800', reason: 'a lone surrogate' },
    { text: '\u{e0041}\u{e007f}', reason: 'invisible tag characters' },
  ])('escapes $reason', ({ text }) => {
    expect(escapeControls(text)).toMatch(/^(\\u\{[0-9a-f]+\})+$/);
  });

  test('emoji, CJK and combining marks stay as they are', () => {
    expect(escapeControls('😀 語 e\u0301')).toBe('😀 語 e\u0301');
  });

  test('escapes the Arabic letter mark and every other format character', () => {
    expect(escapeControls('a\u061c\u206a\u00ad\ufff9')).not.toMatch(/\p{Cf}/u);
  });

  test('a path made of a crafted key is escaped like a value', () => {
    const error = new HomeostatError('FORBIDDEN_KEY', { path: 'labels.\u001b[2J\n', problem: 'is bad' });
    expect(error.message).not.toMatch(/\p{Cc}/u);
  });

  test('a path made of a crafted key is cut', () => {
    const error = new HomeostatError('UNKNOWN_FIELD', {
      path: `spec.${'k'.repeat(100_000)}`,
      problem: 'no such field',
    });
    expect(error.message.length).toBeLessThan(1_000);
  });
});

test('anything thrown has a line', () => {
  expect(describeThrown(new Error('broke'))).toBe('broke');
  expect(describeThrown(new TypeError(''))).toBe('TypeError');
  expect(describeThrown('text')).toBe('text');
  expect(describeThrown(undefined)).toBe('undefined');
});
