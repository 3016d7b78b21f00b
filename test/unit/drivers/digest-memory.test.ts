import type { BigIntStats } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createDigestMemory } from '../../../src/drivers/process/digest-memory.ts';

const hourMs = 3_600_000;
const now = Date.parse('2026-11-21T12:00:00.000Z');
beforeEach(() => void vi.useFakeTimers({ now, toFake: ['Date', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const changedAt = (ms: number) =>
  ({ dev: 1n, ino: 1n, size: 1n, mtimeNs: 1n, ctimeNs: BigInt(ms), ctimeMs: BigInt(ms) }) as BigIntStats;

/** Passes over images whose files changed at a time, and which files were computed in each. */
function createPasses() {
  const memory = createDigestMemory();
  return async (source: string, paths: readonly string[], ctimeMs: number): Promise<readonly string[]> => {
    const computed: string[] = [];
    await memory.pass(source, async (remember) => {
      for (const path of paths) {
        await remember(path, changedAt(ctimeMs), async () => {
          computed.push(path);
          return path;
        });
      }
    });
    return computed;
  };
}

test.each([
  { ctimeMs: now - hourMs, computed: [], reason: 'settled' },
  { ctimeMs: now + hourMs, computed: [], reason: 'of a clock that was put back' },
  { ctimeMs: now - 1_000, computed: ['a'], reason: 'young' },
])('a file whose time is $reason is computed again in the next pass: $computed', async ({ ctimeMs, computed }) => {
  const pass = createPasses();
  expect(await pass('app', ['a'], ctimeMs)).toEqual(['a']);
  expect(await pass('app', ['a'], ctimeMs)).toEqual(computed);
});

test('a file that changed, or that the image had no more, is computed anew', async () => {
  const pass = createPasses();
  await pass('app', ['a', 'b'], now - hourMs);
  expect(await pass('app', ['a'], now - hourMs + 1)).toEqual(['a']);
  expect(await pass('app', ['a', 'b'], now - hourMs + 1)).toEqual(['b']);
});

test('an image that nobody asks for is forgotten after an hour', async () => {
  const pass = createPasses();
  for (const source of ['app', 'other']) await pass(source, ['a'], now - hourMs);
  vi.advanceTimersByTime(hourMs - 1);
  expect(await pass('app', ['a'], now - hourMs)).toEqual([]);
  vi.advanceTimersByTime(1);
  await pass('app', ['a'], now - hourMs);
  expect(await pass('other', ['a'], now - hourMs)).toEqual(['a']);
  expect(await pass('app', ['a'], now - hourMs)).toEqual([]);
});
