import { describe, expect, test } from 'vitest';
import { toCodedErrors } from '../../../src/domain/failure.ts';
import { maximumTextBytes, parseDocuments } from '../../../src/starters/parse-documents.ts';

function refusalOf(text: string, source?: string): string {
  try {
    parseDocuments(text, source === undefined ? {} : { source });
  } catch (error) {
    return toCodedErrors(error)
      .map(({ code, path }) => `${code} ${path}`)
      .join('; ');
  }
  return 'accepted';
}

describe('documents that are read', () => {
  test('YAML documents stand one after the other, empty ones are left out', () => {
    const documents = parseDocuments('a: 1\n---\n---\nb: 2\n---\n', { source: 'two.yaml' });
    expect(documents).toEqual([
      { value: { a: 1 }, where: 'two.yaml document 1' },
      { value: { b: 2 }, where: 'two.yaml document 2' },
    ]);
  });

  test('JSON documents stand one after the other', () => {
    expect(parseDocuments('{"a":[1,-0,2e3,"\\u00e4"]}\n{"b":{}}').map(({ value }) => value)).toEqual([
      { a: [1, -0, 2000, 'ä'] },
      { b: {} },
    ]);
  });

  test('what get prints stands for its items', () => {
    expect(parseDocuments('{"items":[{"a":1},{"b":2}]}', { source: 'all.json' })).toEqual([
      { value: { a: 1 }, where: 'all.json items[0]' },
      { value: { b: 2 }, where: 'all.json items[1]' },
    ]);
  });

  test('many keys in YAML are read, and each is there once', () => {
    const lines = Array.from({ length: 1_000 }, (_, index) => `k${index}: ${index}`);
    const [document] = parseDocuments(lines.join('\n'), { source: 'keys.yaml' });
    expect(Object.keys(document!.value as object)).toHaveLength(1_000);
    expect(() => parseDocuments([...lines, 'k7: 0'].join('\n'), { source: 'keys.yaml' })).toThrow(
      'DUPLICATE_KEY k7: is there twice, again at keys.yaml:1001:1 — keep one',
    );
  });

  test('emoji, CJK and combining marks come through as they are', () => {
    const text = 'note: "é 漢字 👩‍👩‍👧 e\u0301"';
    expect(parseDocuments(text)[0]!.value).toEqual({ note: 'é 漢字 👩‍👩‍👧 e\u0301' });
  });

  test('a byte order mark and YAML that looks like JSON in a .yaml file are read', () => {
    expect(parseDocuments('\ufeff{"a":1}')[0]!.value).toEqual({ a: 1 });
    expect(parseDocuments('{a: 1,}', { source: 'x.yaml' })[0]!.value).toEqual({ a: 1 });
  });

  test('YAML 1.2 keeps no, off and dates as text', () => {
    expect(parseDocuments('a: no\nb: off\nc: 2026-02-30')[0]!.value).toEqual({ a: 'no', b: 'off', c: '2026-02-30' });
  });
});

describe('documents that are refused', () => {
  const deep = '['.repeat(20_000);
  test.each([
    { reason: 'nothing at all', text: '', refusal: 'INVALID_BODY $' },
    { reason: 'white space and comments alone', text: '\n# nothing\n', refusal: 'INVALID_BODY $' },
    { reason: 'a trailing comma in an object', text: '{"a":1,}', refusal: 'PARSE_ERROR 1:8' },
    { reason: 'a trailing comma in an array', text: '{"a":[1,\n]}', refusal: 'PARSE_ERROR 2:1' },
    { reason: 'cut off', text: '{"a":', refusal: 'PARSE_ERROR 1:6' },
    { reason: 'cut off in a string', text: '{"a', refusal: 'PARSE_ERROR 1:4' },
    { reason: 'single quotes', text: "{'a':1}", refusal: 'PARSE_ERROR 1:2' },
    { reason: 'a comment', text: '{"a":1 // x\n}', refusal: 'PARSE_ERROR 1:8' },
    { reason: 'a raw line break in a string', text: '{"a":"x\ny"}', refusal: 'PARSE_ERROR 1:8' },
    { reason: 'an unknown escape', text: '{"a":"\\x"}', refusal: 'PARSE_ERROR 1:7' },
    { reason: 'a number with a leading zero', text: '{"a":01}', refusal: 'PARSE_ERROR 1:7' },
    { reason: 'prose after the value', text: '{"a":1} there', refusal: 'PARSE_ERROR 1:9' },
    { reason: 'a tab for an indent in YAML', text: 'a:\n\tb: 1\n', refusal: 'PARSE_ERROR 2:1' },
    { reason: 'an unknown tag in YAML', text: 'a: !!js/function x', refusal: 'PARSE_ERROR 1:4' },
    { reason: 'an unclosed YAML list', text: 'a: [1, 2', refusal: 'PARSE_ERROR 1:9' },
    {
      reason: 'a duplicate JSON key',
      text: '{"spec":{"replicas":1,"replicas":2}}',
      refusal: 'DUPLICATE_KEY spec.replicas',
    },
    { reason: 'a duplicate key in other letters', text: '{"a":1,"\\u0061":2}', refusal: 'DUPLICATE_KEY a' },
    { reason: 'a duplicate key in a list', text: '{"a":[{},{"b":1,"b":1}]}', refusal: 'DUPLICATE_KEY a[1].b' },
    {
      reason: 'a duplicate YAML key',
      text: 'spec:\n  list:\n    - a: 1\n      a: 2\n',
      refusal: 'DUPLICATE_KEY spec.list[0].a',
    },
    { reason: 'a duplicate YAML key in braces', text: 'a: [{}, {b: 1, "b": 2}]', refusal: 'DUPLICATE_KEY a[1].b' },
    {
      reason: 'a whole number that would be rounded',
      text: '{"a":{"n":9007199254740993}}',
      refusal: 'INVALID_NUMBER a.n',
    },
    { reason: 'the same in YAML', text: 'a:\n  - n: 9007199254740993', refusal: 'INVALID_NUMBER a[0].n' },
    { reason: 'a number past all numbers', text: '{"a":1e999}', refusal: 'INVALID_NUMBER a' },
    { reason: 'the same in YAML', text: 'a: 1e999', refusal: 'INVALID_NUMBER a' },
    { reason: 'NaN in JSON', text: '{"spec":{"replicas":NaN}}', refusal: 'INVALID_NUMBER spec.replicas' },
    { reason: 'nesting of 20,000', text: deep, refusal: 'TOO_DEEP $' },
    { reason: 'nesting of 20,000 in YAML', text: `a: ${deep}`, refusal: 'TOO_DEEP $' },
    {
      reason: 'nesting of 3,000 by indents',
      text: Array.from({ length: 3_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
      refusal: 'TOO_DEEP $',
    },
    { reason: 'more text than is read', text: ' '.repeat(maximumTextBytes + 1), refusal: 'TOO_LARGE $' },
  ])('$reason → $refusal', ({ text, refusal }) => {
    expect(refusalOf(text)).toBe(refusal);
  });

  test('aliases that multiply → TOO_MANY_ITEMS', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 9; level += 1) {
      lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]`);
    }
    expect(refusalOf(lines.join('\n'))).toBe('TOO_MANY_ITEMS $');
  });

  test.each([
    {
      reason: '100,000 keys',
      text: `spec:\n${Array.from({ length: 100_000 }, (_, index) => `  k${index}: 1`).join('\n')}`,
    },
    { reason: '500,000 items', text: `spec:\n${'- 1\n'.repeat(500_000)}` },
    { reason: '500,000 items of JSON', text: `{"spec":[${'0,'.repeat(499_999)}0]}` },
  ])('$reason in a YAML file → TOO_MANY_ITEMS', ({ text }) => {
    expect(refusalOf(text, 'many.yaml')).toBe('TOO_MANY_ITEMS many.yaml');
  });

  test('line and column come after the name of the file', () => {
    expect(refusalOf('a:\n\tb: 1\n', 'shop.yaml')).toBe('PARSE_ERROR shop.yaml:2:1');
    expect(refusalOf('{,}', 'shop.json')).toBe('PARSE_ERROR shop.json:1:2');
  });
});
