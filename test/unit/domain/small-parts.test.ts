import { describe, expect, test } from 'vitest';
import { closestOf } from '../../../src/domain/closest.ts';
import { cutToLength } from '../../../src/domain/cut-to-length.ts';
import { parseDuration } from '../../../src/domain/duration.ts';
import { idempotencyKeyOf, isOpenEntry, type LedgerEntry } from '../../../src/domain/ledger.ts';
import { toldCommand } from '../../../src/domain/told-command.ts';

describe('durations', () => {
  test.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5m', 90_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['0s', 0],
  ])('%s is %i ms', (text, ms) => expect(parseDuration(text, 'x')).toBe(ms));

  test.each(['5 parsecs', '-3s', '', 's', '3', '3 s', '1e3s', '3S', '1.2345s', '30s\n', '9999999999s', 'NaNs'])(
    '%j → INVALID_DURATION',
    (text) => {
      expect(() => parseDuration(text, 'timeout')).toThrow(
        expect.objectContaining({ code: 'INVALID_DURATION', path: 'timeout' }),
      );
    },
  );
});

describe('did you mean', () => {
  test.each([
    { word: 'Databse', expected: 'Database', reason: 'a letter is missing' },
    { word: 'database', expected: 'Database', reason: 'only the case differs' },
    { word: 'Cahce', expected: undefined, reason: 'two letters of five' },
    { word: 'xyz', expected: undefined, reason: 'nothing near' },
    { word: '', expected: undefined, reason: 'nothing said' },
  ])('$reason', ({ word, expected }) => {
    expect(closestOf(word, ['Database', 'Cache'])).toBe(expected);
  });

  test('is not asked about an endless word that is near nothing', () => {
    expect(closestOf('x'.repeat(300), ['Database'])).toBeUndefined();
  });

  test('of two equally near the first', () => {
    expect(closestOf('ab', ['aa', 'bb'])).toBe('aa');
    expect(closestOf('ab', [])).toBeUndefined();
  });
});

describe('a text that is cut', () => {
  test.each([
    { text: 'abc', cut: 'abc', reason: 'fits' },
    { text: 'abcd', cut: 'abc', reason: 'is too long' },
    { text: 'ab🦊', cut: 'ab', reason: 'never ends in half a character' },
    { text: 'a🦊b', cut: 'a🦊', reason: 'ends with a whole one' },
    { text: 'a\udd8ab', cut: 'a\ufffdb', reason: 'holds no half of one elsewhere' },
  ])('$reason', ({ text, cut }) => expect(cutToLength(text, 3)).toBe(cut));
});

test('a told command names the tenant, unless commands take it by themselves', () => {
  expect(toldCommand('describe Box/a', { tenant: 'default' })).toBe('homeostat describe Box/a');
  expect(toldCommand('describe Box/a', { tenant: 'blue' })).toBe('homeostat describe Box/a --tenant blue');
});

describe('the ledger', () => {
  test('has a key for each seal, step and generation', () => {
    const keys = [
      idempotencyKeyOf('a', 's1', 0),
      idempotencyKeyOf('a', 's1', 1),
      idempotencyKeyOf('a', 's2', 0),
      idempotencyKeyOf('b', 's1', 0),
      idempotencyKeyOf('a', 's11', 0),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys[0]).toBe('a-s1-0');
  });

  test.each([
    ['intent', true],
    ['unknown', true],
    ['done', false],
    ['failed', false],
    ['resolved', false],
  ] as const)('%s is open: %s', (state, open) => {
    expect(isOpenEntry({ state } as LedgerEntry)).toBe(open);
  });
});
