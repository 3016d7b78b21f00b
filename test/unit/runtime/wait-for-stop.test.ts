import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { waitForStop } from '../../../src/runtime/wait-for-stop.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

function startWaiting() {
  const exit = vi.fn<(code?: number | string | null) => never>();
  const owned = Object.assign(new EventEmitter(), { exit }) as unknown as NodeJS.Process;
  return { ...waitForStop(owned), exit, send: (name: NodeJS.Signals) => owned.emit(name, name) };
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s is a wish to stop', async (name) => {
  const { promise, signal, exit, send } = startWaiting();
  expect(signal.aborted).toBe(false);
  send(name);
  await promise;
  expect(signal.aborted).toBe(true);
  expect(exit).not.toHaveBeenCalled();
});

test('a Ctrl-C that npm passes on is not a second one, and one that comes later ends at once', () => {
  vi.advanceTimersByTime(1_000);
  const { exit, send } = startWaiting();
  send('SIGINT');
  vi.advanceTimersByTime(100);
  send('SIGINT');
  expect(exit).not.toHaveBeenCalled();
  vi.advanceTimersByTime(500);
  send('SIGINT');
  expect(exit.mock.calls).toEqual([[130]]);
});

test('a terminal that closes while all is being stopped hurries nothing', () => {
  vi.advanceTimersByTime(1_000);
  const { exit, send } = startWaiting();
  send('SIGINT');
  vi.advanceTimersByTime(2_000);
  send('SIGHUP');
  expect(exit).not.toHaveBeenCalled();
});
