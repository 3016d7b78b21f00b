import { expect, test } from 'vitest';
import { findPassedOver } from '../../../src/domain/removal-order.ts';

test.each([
  { reason: 'two that need each other', needs: { a: ['b'], b: ['a'] }, path: 'a', passedOver: ['a', 'b'] },
  { reason: 'the second of them', needs: { a: ['b'], b: ['a'] }, path: 'b', passedOver: ['b'] },
  {
    reason: 'a circle of three, one of which others need, too',
    needs: { a: ['b'], b: ['c'], c: ['a'], d: ['a'] },
    path: 'a',
    passedOver: ['a', 'b', 'c'],
  },
  {
    reason: 'two circles through one',
    needs: { a: ['c'], b: ['c'], c: ['a', 'b'] },
    path: 'b',
    passedOver: ['b'],
  },
  { reason: 'a way round through one that stays', needs: { a: ['stays'], b: ['a'] }, path: 'a', passedOver: ['a'] },
  {
    reason: 'what it needs is in a circle of its own',
    needs: { a: ['b'], b: ['c'], c: ['b'] },
    path: 'a',
    passedOver: ['a'],
  },
  { reason: 'itself', needs: { a: ['a'] }, path: 'a', passedOver: ['a'] },
])('$reason: $path passes over $passedOver', ({ needs, path, passedOver }) => {
  const found = findPassedOver(path, (one) => (needs as Record<string, string[]>)[one]);
  expect([...found].toSorted()).toEqual(passedOver);
});
