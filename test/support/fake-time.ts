import { syncBuiltinESMExports } from 'node:module';
import type { TimerOptions } from 'node:timers';
import timersPromises from 'node:timers/promises';
import { afterEach, beforeEach, vi } from 'vitest';

/**
 * Makes time stand still in each test that follows, until the test lets it pass: clocks, timers, and the sleep of
 * `node:timers/promises`, which vitest's own leave alone.
 */
export function useFakeTime(): void {
  const realSleep = timersPromises.setTimeout;
  const setSleep = (sleep: typeof realSleep) => {
    timersPromises.setTimeout = sleep;
    // What was imported by name sees the new one only after this.
    syncBuiltinESMExports();
  };
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] });
    setSleep(fakeSleep);
  });
  afterEach(() => {
    setSleep(realSleep);
    vi.useRealTimers();
  });
}

/** Lets time pass, from timer to timer, until something has come about. */
export async function passTime<Result>(until: Promise<Result>): Promise<Result> {
  const wait = { isOver: false };
  const end = until.finally(() => (wait.isOver = true));
  // Whoever awaits the end is told of its failure.
  end.catch(() => undefined);
  for (let timers = 0; !wait.isOver && timers < 10_000; timers += 1) await vi.advanceTimersToNextTimerAsync();
  if (!wait.isOver) throw new Error('10,000 timers went off, and it has not come about');
  return end;
}

function fakeSleep<Value>(ms?: number, value?: Value, { signal }: TimerOptions = {}) {
  return new Promise<Value>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new DOMException('This operation was aborted', 'AbortError'));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve(value as Value);
    }, ms);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
