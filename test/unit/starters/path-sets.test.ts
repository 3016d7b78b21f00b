import { expect, test } from 'vitest';
import { addPath, removePath, type PathSets } from '../../../src/starters/path-sets.ts';

test('a set that becomes empty goes, and what was never there is no error', () => {
  const sets: PathSets = new Map();
  addPath(sets, 'db', 'app');
  addPath(sets, 'db', 'web');
  addPath(sets, 'db', 'web');
  removePath(sets, 'db', 'app');
  removePath(sets, 'cache', 'app');
  expect(sets).toEqual(new Map([['db', new Set(['web'])]]));
  removePath(sets, 'db', 'web');
  expect(sets).toEqual(new Map());
});
