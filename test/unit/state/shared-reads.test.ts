import { expect, test } from 'vitest';
import { createSharedReads } from '../../../src/state/shared-reads.ts';

/** Reads that end when they are told to, numbered in the order in which they began. */
function createReads() {
  const begun: { readonly group: string; readonly answer: PromiseWithResolvers<number> }[] = [];
  const read = createSharedReads((group) => {
    const answer = Promise.withResolvers<number>();
    begun.push({ group, answer });
    return answer.promise;
  });
  return { begun, read, groups: () => begun.map(({ group }) => group) };
}

test('all who come while one read is under way share the next, which begins when that has ended', async () => {
  const { begun, read, groups } = createReads();
  const first = read('a');
  const others = [read('a'), read('a'), read('a')];
  expect(groups()).toEqual(['a']);
  begun[0]!.answer.resolve(1);
  expect(await first).toBe(1);
  await Promise.resolve();
  expect(groups()).toEqual(['a', 'a']);
  begun[1]!.answer.resolve(2);
  expect(await Promise.all(others)).toEqual([2, 2, 2]);
});

test('one that comes when none is under way reads itself', async () => {
  const { begun, read } = createReads();
  for (const answer of [1, 2]) {
    const asked = read('a');
    begun.at(-1)!.answer.resolve(answer);
    expect(await asked).toBe(answer);
  }
  expect(begun).toHaveLength(2);
});

test('groups do not wait for each other', () => {
  const { read, groups } = createReads();
  void read('a');
  void read('b');
  expect(groups()).toEqual(['a', 'b']);
});

test('a read that fails fails for those who shared it alone', async () => {
  const { begun, read } = createReads();
  const [first, second] = [read('a'), read('a')];
  begun[0]!.answer.reject(new Error('away'));
  await expect(first).rejects.toThrow('away');
  await Promise.resolve();
  begun[1]!.answer.resolve(2);
  expect(await second).toBe(2);
});
