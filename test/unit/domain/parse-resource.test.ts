import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toCodedErrors } from '../../../src/domain/failure.ts';
import { parseResource, toDependencies, toResourceKey } from '../../../src/domain/resource.ts';

const good = { apiVersion: 'homeostat/v1', kind: 'Instance', metadata: { name: 'web' }, spec: { size: 1 } };
const withMetadata = (metadata: object) => ({ ...good, metadata: { name: 'web', ...metadata } });

function codesOf(value: unknown): string[] {
  try {
    parseResource(value);
    return [];
  } catch (error) {
    const errors = toCodedErrors(error);
    if (errors.length === 0) throw error;
    return errors.map(({ code, path }) => `${code} ${path}`);
  }
}

describe('an envelope', () => {
  test('comes in its one form: defaults filled in, outputs dropped, dependencies spelled out', () => {
    const resource = parseResource({
      ...withMetadata({ dependsOn: ['db', 'Instance/db', 'default/Cache/c'], id: '7', createdAt: 'x', version: 3 }),
      id: '7',
      version: 3,
      status: { state: 'Running' },
    });
    expect(resource).toEqual({
      ...good,
      metadata: {
        name: 'web',
        tenant: 'default',
        labels: {},
        annotations: {},
        dependsOn: ['Cache/c', 'Instance/db'],
      },
    });
    expect(toResourceKey(resource)).toEqual({ tenant: 'default', kind: 'Instance', name: 'web' });
    expect(toDependencies(resource).map(({ tenant }) => tenant)).toEqual(['default', 'default']);
    expect(parseResource(JSON.parse(JSON.stringify(resource)))).toEqual(resource);
  });

  test('emoji, CJK and combining marks round-trip byte for byte', () => {
    const text = '😀👩‍👩‍👧 語言 e\u0301 العربية';
    const { metadata, spec } = parseResource({
      ...withMetadata({ annotations: { note: text } }),
      spec: { note: text },
    });
    expect([metadata.annotations.note, spec.note]).toEqual([text, text]);
  });

  test.each([
    { value: undefined, expected: ['INVALID_BODY $'], reason: '1 empty' },
    { value: null, expected: ['INVALID_BODY $'], reason: '1 null' },
    { value: [], expected: ['INVALID_BODY $'], reason: '1 a list' },
    { value: 'x', expected: ['INVALID_BODY $'], reason: '1 text' },
    { value: { ...good, kind: 'instance' }, expected: ['UNKNOWN_KIND kind'], reason: '5 no such kind' },
    { value: { ...good, apiVersion: 'homeostat/v2' }, expected: ['UNKNOWN_VERSION apiVersion'], reason: '6 version' },
    { value: { ...good, spek: {} }, expected: ['UNKNOWN_FIELD spek'], reason: '7 unknown field' },
    {
      value: withMetadata({ label: {} }),
      expected: ['UNKNOWN_FIELD metadata.label'],
      reason: '7 unknown field inside',
    },
    { value: withMetadata({ name: '' }), expected: ['INVALID_NAME metadata.name'], reason: '8 empty name' },
    {
      value: withMetadata({ name: 'a'.repeat(254) }),
      expected: ['INVALID_NAME metadata.name'],
      reason: '8 254 characters',
    },
    { value: withMetadata({ name: '-a' }), expected: ['INVALID_NAME metadata.name'], reason: '8 leading -' },
    { value: withMetadata({ name: 'a\u0000' }), expected: ['INVALID_NAME metadata.name'], reason: '10 NUL' },
    { value: withMetadata({ name: 'a\tb' }), expected: ['INVALID_NAME metadata.name'], reason: '10 tab' },
    { value: withMetadata({ name: 'prod-\u0430pi' }), expected: ['INVALID_NAME metadata.name'], reason: '11 Cyrillic' },
    { value: withMetadata({ tenant: '../t2' }), expected: ['INVALID_NAME metadata.tenant'], reason: '42 tenant' },
    { value: { ...good, spec: { a: '\ud800' } }, expected: ['INVALID_UNICODE spec.a'], reason: '12 lone surrogate' },
    {
      value: JSON.parse(JSON.stringify(good).replace('"name"', '"labels":{"__proto__":"x"},"name"')) as unknown,
      expected: ['FORBIDDEN_KEY metadata.labels.__proto__'],
      reason: '15 __proto__',
    },
    {
      value: { ...good, spec: { a: Number.POSITIVE_INFINITY } },
      expected: ['INVALID_NUMBER spec.a'],
      reason: '16 infinite',
    },
    { value: { ...good, spec: { a: Number.NaN } }, expected: ['INVALID_NUMBER spec.a'], reason: '16 NaN' },
    {
      value: { ...good, spec: { a: Array.from({ length: 12_000 }, () => 1) } },
      expected: ['TOO_MANY_ITEMS $'],
      reason: '19 too many items',
    },
    { value: { ...good, spec: { a: 'x'.repeat(1_600_000) } }, expected: ['TOO_LARGE $'], reason: '20 1.6 MB' },
    {
      value: withMetadata({ dependsOn: ['t2/Instance/db'] }),
      expected: ['NOT_FOUND metadata.dependsOn[0]'],
      reason: '23',
    },
    {
      value: withMetadata({ dependsOn: Array.from({ length: 9_000 }, (_, index) => `d${index}`) }),
      expected: ['TOO_MANY_ITEMS metadata.dependsOn'],
      reason: '24 thousands of dependencies',
    },
    {
      value: withMetadata({ dependsOn: ['no such'] }),
      expected: ['INVALID_VALUE metadata.dependsOn[0]'],
      reason: 'entry',
    },
    {
      value: withMetadata({ labels: { a: 1 } }),
      expected: ['INVALID_VALUE metadata.labels.a'],
      reason: 'label of no text',
    },
    { value: withMetadata({ labels: [] }), expected: ['INVALID_VALUE metadata.labels'], reason: 'labels a list' },
    { value: { ...good, spec: [] }, expected: ['INVALID_VALUE spec'], reason: 'spec a list' },
    {
      value: { kind: 'Instance', metadata: {} },
      expected: ['MISSING_FIELD apiVersion', 'MISSING_FIELD metadata.name'],
      reason: 'what is missing is listed at once',
    },
  ])('$reason → $expected', ({ value, expected }) => {
    expect(codesOf(value)).toEqual(expected);
  });

  test('nesting of 20,000 → TOO_DEEP, before any schema', () => {
    let spec: unknown = 1;
    for (let depth = 0; depth < 20_000; depth += 1) spec = { a: spec };
    expect(codesOf({ ...good, spec })).toEqual(['TOO_DEEP $']);
  });

  test('no kind at all → UNKNOWN_KIND (bad inputs 5)', () => {
    const { kind: _, ...rest } = good;
    expect(codesOf(rest)).toEqual(['UNKNOWN_KIND kind']);
  });

  test('a dependency on itself is refused', () => {
    expect(codesOf(withMetadata({ dependsOn: ['web'] }))).toEqual(['INVALID_VALUE metadata.dependsOn[0]']);
  });

  test('everything that is wrong is listed, names and versions too', () => {
    expect(codesOf({ ...good, apiVersion: 'v0', metadata: { name: 'A' } })).toHaveLength(2);
  });
});

test('values JSON has no words for give a resource or coded errors, nothing else', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.constantFrom('web', 'Instance', 'homeostat/v1', '__proto__', '\ud800', '\u0000', '\u202e', '😀', '..', 't/K/n'),
  );
  const anything = fc.oneof(
    fc.constantFrom(
      null,
      undefined,
      true,
      -0,
      Number.NaN,
      1e308,
      7n,
      new Date(0),
      new Map([['a', 1]]),
      Array.from({ length: 2 }),
      Symbol('s'),
    ),
    fc.jsonValue({ maxDepth: 1 }),
    fc.array(text, { maxLength: 3 }),
    fc.dictionary(text, text, { maxKeys: 3 }),
  );
  const field = fc.oneof({ weight: 3, arbitrary: text }, { weight: 1, arbitrary: anything });
  const envelope = fc.record(
    {
      apiVersion: fc.oneof(fc.constant('homeostat/v1'), field),
      kind: fc.oneof(fc.constant('Instance'), field),
      metadata: fc.oneof(
        fc.record(
          {
            name: fc.oneof(fc.constant('web'), field),
            tenant: field,
            labels: fc.oneof(fc.dictionary(text, text), anything),
            annotations: anything,
            dependsOn: fc.oneof(fc.array(text), anything),
          },
          { requiredKeys: [] },
        ),
        anything,
      ),
      spec: fc.oneof(fc.dictionary(text, anything), anything),
      extra: anything,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof({ weight: 4, arbitrary: envelope }, { weight: 1, arbitrary: anything }), (value) => {
      codesOf(value);
    }),
    { numRuns: 500 },
  );
});
