import { expect, test } from 'vitest';
import { findImmutableChanges } from '../../../src/domain/immutable.ts';

test('each path that is not as it was applied is named', () => {
  const found = findImmutableChanges({ disk: { size: 2 }, name: 'a' }, { disk: { size: 1 }, name: 'a' }, [
    'disk.size',
    'name',
  ]);
  expect(found.map(({ message }) => message)).toEqual([
    "IMMUTABLE spec.disk.size: cannot change during a resource's life, it is 1 (got 2) — delete the resource and make it anew",
  ]);
});

test('nothing is immutable before anything was applied', () => {
  expect(findImmutableChanges({ name: 'a' }, undefined, ['name'])).toEqual([]);
});

test('a path of a name that every object inherits is absent where nobody wrote it', () => {
  expect(findImmutableChanges({}, {}, ['env.toString', 'toString'])).toEqual([]);
  expect(findImmutableChanges({ env: { toString: 'a' } }, { env: {} }, ['env.toString'])).toHaveLength(1);
});
