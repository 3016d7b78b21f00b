import { expect, test } from 'vitest';
import { readCodedLines } from '../../../src/cli/read-coded-lines.ts';

const read = (message: string) =>
  readCodedLines(message, 'UNREACHABLE', 'Widget/x').map(({ code, path, problem, remedy }) => [
    code,
    path,
    problem,
    remedy,
  ]);

test('a coded line is read with its path and remedy, and says the same again', () => {
  const line = 'NO_RULE Widget/x: no rule of Widget knows this update (got a: b) — add a rule — or two';
  expect(read(line)).toEqual([
    ['NO_RULE', 'Widget/x', 'no rule of Widget knows this update (got a: b) — add a rule', 'or two'],
  ]);
  expect(readCodedLines(line, 'UNREACHABLE', 'Widget/x')[0]!.message).toBe(line);
});

test('several are several', () => {
  expect(
    read('INVALID_VALUE spec.a: is empty; or so — write a; MISSING_FIELD spec.b: is missing — write b; and 3 more'),
  ).toEqual([
    ['INVALID_VALUE', 'spec.a', 'is empty; or so', 'write a'],
    ['MISSING_FIELD', 'spec.b', 'is missing', 'write b; and 3 more'],
  ]);
});

test('codes of one word are codes too, and words that are none stay in the problem', () => {
  expect(
    read('IMMUTABLE spec.a: cannot change — make it anew; IMMUTABLE spec.b: cannot change; NOTE this: is prose — so'),
  ).toEqual([
    ['IMMUTABLE', 'spec.a', 'cannot change', 'make it anew'],
    ['IMMUTABLE', 'spec.b', 'cannot change; NOTE this: is prose', 'so'],
  ]);
});

test.each(['connection refused', 'waits for Widget/a: it is not ready', 'HTTP 500: broken', 'ECONNREFUSED x: gone'])(
  'prose stays the problem: %s',
  (message) => {
    expect(read(message)).toEqual([['UNREACHABLE', 'Widget/x', message, undefined]]);
  },
);
