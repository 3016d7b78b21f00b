import { afterEach, expect, test, vi } from 'vitest';
import { lookWithin, withTimeout } from '../../../src/activities/with-timeout.ts';

const forever = () => new Promise<never>(() => undefined);
const never = new AbortController().signal;

test.each([
  { name: 'a step', within: withTimeout },
  { name: 'a look', within: lookWithin },
])('$name that takes too long ends, whether it listens or not', async ({ within }) => {
  await expect(within('it', 5, never, forever)).rejects.toMatchObject({ code: 'STEP_TIMED_OUT' });
  expect(await within('it', 1_000, never, async () => 7)).toBe(7);
});

afterEach(() => void vi.useRealTimers());

test('a look that does not listen ends with its signal, at once where that has come before, and leaves no timer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const ending = new AbortController();
  const looking = lookWithin('it', 60_000, ending.signal, forever);
  ending.abort(new Error('the runtime ends'));
  await expect(looking).rejects.toThrow('the runtime ends');
  await expect(lookWithin('it', 60_000, ending.signal, forever)).rejects.toThrow('the runtime ends');
  expect(vi.getTimerCount()).toBe(0);
});
