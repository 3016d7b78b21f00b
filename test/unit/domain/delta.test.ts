import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deltaOf, touches } from '../../../src/domain/delta.ts';
import type { JsonObject } from '../../../src/domain/json.ts';

const object = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,4}$/),
  fc.jsonValue({ maxDepth: 3 }),
) as fc.Arbitrary<JsonObject>;
const inheritedNames = Object.getOwnPropertyNames(Object.prototype).filter((name) => name !== '__proto__');

describe('the delta', () => {
  test.each([
    { wanted: undefined, observed: undefined, type: 'none', reason: 'neither' },
    { wanted: { a: 1 }, observed: undefined, type: 'create', reason: 'wanted and absent' },
    { wanted: undefined, observed: { a: 1 }, type: 'delete', reason: 'there and not wanted' },
    { wanted: {}, observed: { a: 1 }, type: 'none', reason: 'nothing in particular is wanted' },
    {
      wanted: { a: 1 },
      observed: { a: 1, pid: 7 },
      type: 'none',
      reason: 'what is not wanted is the business of others',
    },
    { wanted: { a: 1 }, observed: { a: 2 }, type: 'update', reason: 'another value' },
    { wanted: { a: { b: 1 } }, observed: { a: {} }, type: 'update', reason: 'a field is missing' },
  ] as const)('$reason → $type', ({ wanted, observed, type }) => {
    expect(deltaOf(wanted, observed).type).toBe(type);
  });

  test('names each field that differs, sorted, with both values', () => {
    const delta = deltaOf(
      { z: 1, env: { A: '1', B: '2' }, list: [1] },
      { z: 2, env: { A: '1', C: '3' }, list: [1, 2] },
    );
    expect(delta.changes).toEqual([
      { path: 'env.B', wanted: '2' },
      { path: 'env.C', observed: '3' },
      { path: 'list', wanted: [1], observed: [1, 2] },
      { path: 'z', wanted: 1, observed: 2 },
    ]);
  });

  test('a field that is wanted and there is not told from one of null', () => {
    expect(deltaOf({ a: { b: null } }, { a: {} }).type).toBe('none');
  });

  test('nothing differs from itself, whatever the order of its keys', () => {
    fc.assert(
      fc.property(object, (value) => {
        const reversed = Object.fromEntries(Object.entries(value).toReversed());
        expect(deltaOf(value, reversed)).toEqual({ type: 'none', changes: [] });
      }),
    );
  });

  test('a removal anywhere below a wanted field is seen', () => {
    fc.assert(
      fc.property(object, fc.constantFrom('x', 'y'), (value, key) => {
        const delta = deltaOf({ spec: value }, { spec: { ...value, [`${key}-extra`]: 1 } });
        expect(delta).toEqual({ type: 'update', changes: [{ path: `spec.${key}-extra`, observed: 1 }] });
      }),
    );
  });

  test('a name that every object inherits is a name like any other', () => {
    for (const name of inheritedNames) {
      expect(deltaOf({ files: { [name]: 'a' } }, { files: {} }).changes).toEqual([
        { path: `files.${name}`, wanted: 'a' },
      ]);
      expect(deltaOf({ files: {} }, { files: { [name]: 'a' } }).changes).toEqual([
        { path: `files.${name}`, observed: 'a' },
      ]);
      expect(deltaOf({ [name]: 'a' }, {}).changes).toEqual([{ path: name, wanted: 'a' }]);
    }
  });

  test('touches a field and what is below it, not what only begins alike', () => {
    const delta = deltaOf({ env: { A: '1' }, envelope: 1 }, { env: { A: '2' }, envelope: 2 });
    expect(touches(delta, 'env')).toBe(true);
    expect(touches(delta, 'env.A')).toBe(true);
    expect(touches(deltaOf({ envelope: 1 }, { envelope: 2 }), 'env')).toBe(false);
    expect(touches(delta, 'image', 'files')).toBe(false);
  });
});
