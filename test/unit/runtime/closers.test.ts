import { expect, test } from 'vitest';
import { openAll } from '../../../src/runtime/closers.ts';

const said: unknown[] = [];
const log = { warn: (fields: unknown) => void said.push(fields) };

test('a failed start is told by its own cause, though what it had opened could not all be closed', async () => {
  const closed: string[] = [];
  const start = openAll(log, async ({ add }) => {
    add(async () => closed.push('the first'));
    add(() => Promise.reject(new Error('workers still hold it')));
    add(async () => closed.push('the last'));
    throw new Error('the port is taken');
  });
  await expect(start).rejects.toThrow('the port is taken');
  expect(closed).toEqual(['the last', 'the first']);
  expect(said).toEqual([{ cause: 'not everything could be closed: workers still hold it' }]);
});

test('what was opened is left open, and is closed when its owner says so', async () => {
  const closed: string[] = [];
  const closers = await openAll(log, async (closers) => {
    closers.add(async () => closed.push('it'));
    return closers;
  });
  expect(closed).toEqual([]);
  await closers.closeAll();
  expect(closed).toEqual(['it']);
});
