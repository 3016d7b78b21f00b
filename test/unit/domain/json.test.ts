import { describe, expect, test } from 'vitest';
import { HomeostatError } from '../../../src/domain/failure.ts';
import { checkJsonLimits, isJsonObject, jsonLimits } from '../../../src/domain/json.ts';

function refusalOf(value: unknown): { code: string; path: string } | undefined {
  try {
    checkJsonLimits(value);
    return undefined;
  } catch (error) {
    if (!(error instanceof HomeostatError)) throw error;
    return { code: error.code, path: error.path };
  }
}

function nested(depth: number): unknown {
  let value: unknown = {};
  for (let level = 1; level < depth; level += 1) value = level % 2 === 0 ? { a: value } : [value];
  return value;
}

describe('limits before any schema', () => {
  test.each([
    { value: () => nested(20_000), code: 'TOO_DEEP', path: '$', reason: 'nesting of 20,000' },
    { value: () => nested(jsonLimits.depth + 1), code: 'TOO_DEEP', path: '$', reason: 'one level too deep' },
    { value: () => Array.from({ length: 12_000 }, () => 0), code: 'TOO_MANY_ITEMS', path: '$', reason: '12,000 items' },
    { value: () => ({ a: 'x'.repeat(1_600_000) }), code: 'TOO_LARGE', path: '$', reason: 'one value of 1.6 MB' },
    { value: () => ({ ['k'.repeat(300_000)]: 1 }), code: 'TOO_LARGE', path: '$', reason: 'one key of 300 KB' },
    {
      value: () => JSON.parse('{"labels":{"__proto__":"x"}}') as unknown,
      code: 'FORBIDDEN_KEY',
      path: 'labels.__proto__',
      reason: '__proto__, which z.record drops in silence',
    },
    { value: () => ({ constructor: 1 }), code: 'FORBIDDEN_KEY', path: 'constructor', reason: 'constructor' },
    { value: () => [{ prototype: 1 }], code: 'FORBIDDEN_KEY', path: '$[0].prototype', reason: 'prototype' },
    { value: () => ({ a: ['\ud800'] }), code: 'INVALID_UNICODE', path: 'a[0]', reason: 'a lone surrogate in a value' },
    { value: () => ({ '\udc00': 1 }), code: 'INVALID_UNICODE', path: '\udc00', reason: 'a lone surrogate in a key' },
    { value: () => ({ a: Number.NaN }), code: 'INVALID_NUMBER', path: 'a', reason: 'NaN' },
    { value: () => JSON.parse('{"a":1e999}') as unknown, code: 'INVALID_NUMBER', path: 'a', reason: '1e999' },
  ])('$reason → $code $path', ({ value, code, path }) => {
    expect(refusalOf(value())).toEqual({ code, path });
  });

  test('1e6 items → TOO_MANY_ITEMS', () => {
    expect(refusalOf(Array.from({ length: 1_000_000 }, () => 0))).toEqual({ code: 'TOO_MANY_ITEMS', path: '$' });
  });

  test('an object of 1e5 keys → TOO_MANY_ITEMS', () => {
    const keys = Array.from({ length: 100_000 }, (_, index) => [`k${index}`, 1] as const);
    expect(refusalOf(Object.fromEntries(keys))).toEqual({ code: 'TOO_MANY_ITEMS', path: '$' });
  });

  test.each([
    { value: nested(jsonLimits.depth), reason: 'the deepest that is allowed' },
    { value: Array.from({ length: jsonLimits.items - 1 }, () => 0), reason: 'as many items as are allowed' },
    { value: { text: '😀 語 e\u0301', zero: -0, none: null }, reason: 'whatever JSON may hold' },
  ])('$reason is accepted', ({ value }) => {
    expect(refusalOf(value)).toBeUndefined();
  });
});

test.each([
  [{}, true],
  [[], false],
  [null, false],
  ['x', false],
  [undefined, false],
])('isJsonObject(%j) is %s', (value, expected) => {
  expect(isJsonObject(value)).toBe(expected);
});
