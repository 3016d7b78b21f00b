import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf, digestOfText, isSameJson, toCanonicalJson } from '../../../src/domain/canonical.ts';

describe('canonical JSON', () => {
  // The example of RFC 8785, section 3.2.2, and its sorted output.
  test('is that of RFC 8785', () => {
    const input = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(toCanonicalJson(input)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  // RFC 8785, section 3.2.3: names are sorted by UTF-16 code units.
  test('sorts names by UTF-16 code units', () => {
    const input = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 };
    const values = toCanonicalJson(input).match(/[0-9](?=[,}])/g);
    expect(values).toEqual(['2', '4', '6', '7', '1', '5', '3']);
  });

  test.each([
    { value: -0, text: '0', reason: 'minus zero is zero' },
    { value: 1e21, text: '1e+21', reason: 'numbers as ECMAScript writes them' },
    { value: JSON.parse('{"__proto__":1}') as unknown, text: '{"__proto__":1}', reason: 'no key is left out' },
    { value: { a: undefined, b: 1 }, text: '{"b":1}', reason: 'an undefined field is none' },
  ])('$reason', ({ value, text }) => {
    expect(toCanonicalJson(value)).toBe(text);
  });

  test.each([
    { value: undefined, reason: 'undefined' },
    { value: Number.NaN, reason: 'NaN' },
    { value: Number.POSITIVE_INFINITY, reason: 'Infinity' },
    { value: '\ud800', reason: 'a lone surrogate' },
  ])('$reason has none and throws', ({ value }) => {
    expect(() => toCanonicalJson(value)).toThrow();
  });
});

describe('digests', () => {
  test('are SHA-256 in lower-case hexadecimal', () => {
    expect(digestOfText('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(digestOf('abc')).toBe(digestOfText('"abc"'));
  });

  test('are the same whatever the order of keys, and survive a round trip', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).toReversed());
        expect(digestOf(reversed)).toBe(digestOf(value));
        expect(digestOf(JSON.parse(JSON.stringify(value)))).toBe(digestOf(value));
      }),
      { numRuns: 200 },
    );
  });

  test('sameness follows the digest; nothing and null are the same', () => {
    expect(isSameJson({ a: 1, b: [2] }, { b: [2], a: 1 })).toBe(true);
    expect(isSameJson([1, 2], [2, 1])).toBe(false);
    expect(isSameJson(undefined, null)).toBe(true);
    expect(isSameJson('1', 1)).toBe(false);
  });
});
