import { expect, test } from 'vitest';
import { createFairQueue } from '../../../src/starters/fair-queue.ts';

const takeAll = <Item>(queue: { take(): Item | undefined }) => {
  const taken: Item[] = [];
  for (let item = queue.take(); item !== undefined; item = queue.take()) taken.push(item);
  return taken;
};

test('groups take turns, and within a group who came first goes first', () => {
  const queue = createFairQueue<string>();
  for (const item of ['a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'c2']) queue.add(item[0]!, item);
  expect(takeAll(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3', 'a4']);
});

test('a group that comes back goes behind those that wait, and an empty queue can be filled again', () => {
  const queue = createFairQueue<string>();
  expect(queue.take()).toBeUndefined();
  queue.add('a', 'a1');
  queue.add('b', 'b1');
  queue.add('b', 'b2');
  expect(queue.take()).toBe('a1');
  queue.add('a', 'a2');
  expect(takeAll(queue)).toEqual(['b1', 'a2', 'b2']);
  queue.add('b', 'b3');
  expect(takeAll(queue)).toEqual(['b3']);
});
