import { expect, test } from 'vitest';
import type { WatchEvent } from '../../../src/state/prefix-watch.ts';
import { createEventAssembler } from '../../../src/state/watch-session.ts';

function setUp() {
  const seen: number[] = [];
  const assembler = createEventAssembler((event: WatchEvent) => seen.push(event.modRevision));
  const take = (fragment: boolean, ...revisions: readonly number[]) =>
    assembler.take({
      fragment,
      events: revisions.map((revision) => ({
        type: 'Put',
        kv: { key: Buffer.from('k'), value: Buffer.from('1'), create_revision: '1', mod_revision: `${revision}` },
      })),
    });
  return { seen, take };
}

test('an answer in one piece is handed on at once', () => {
  const { seen, take } = setUp();
  take(false, 5, 5, 6);
  expect(seen).toEqual([5, 5, 6]);
});

test('of a fragment all whole revisions are handed on, the last one waits for its rest', () => {
  const { seen, take } = setUp();
  take(true, 5, 6, 6);
  expect(seen).toEqual([5]);
  take(true, 6, 7);
  expect(seen).toEqual([5, 6, 6, 6]);
  take(false, 7);
  expect(seen).toEqual([5, 6, 6, 6, 7, 7]);
});
