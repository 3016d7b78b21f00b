import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { runWorkers } from '../../../src/workers/run-workers.ts';

/** A worker that ends when the test says so. */
function createScriptedWorker() {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let state: 'RUNNING' | 'STOPPING' | 'FAILED' = 'RUNNING';
  return {
    getState: () => state,
    run: () => promise,
    shutdown: () => void (state = 'STOPPING'),
    end: resolve,
    fail(error: Error) {
      state = 'FAILED';
      reject(error);
    },
  };
}

async function isOver(promise: Promise<unknown>): Promise<boolean> {
  let over = false;
  const note = () => void (over = true);
  void promise.then(note, note);
  await turn();
  return over;
}

test('when one fails, the others are asked to stop, and the end waits for what they have under way', async () => {
  const [failing, busy] = [createScriptedWorker(), createScriptedWorker()];
  const told: unknown[] = [];
  const { stopped } = runWorkers([failing, busy], (error) => told.push(error));
  failing.fail(new Error('the first'));
  expect(await isOver(stopped)).toBe(false);
  expect(told, 'told at once').toEqual([new Error('the first')]);
  expect(busy.getState()).toBe('STOPPING');
  busy.fail(new Error('the second'));
  await expect(stopped).rejects.toThrow('the first');
});

test('a failure that nobody waits for yet ends no process', async () => {
  const failing = createScriptedWorker();
  const { stopped } = runWorkers([failing], () => undefined);
  failing.fail(new Error('at once'));
  await turn();
  await expect(stopped).rejects.toThrow('at once');
});

test('asked to stop, they end once all have', async () => {
  const workers = [createScriptedWorker(), createScriptedWorker()];
  const { stopped, shutdown } = runWorkers(workers, () => undefined);
  shutdown();
  expect(workers.map(({ getState }) => getState())).toEqual(['STOPPING', 'STOPPING']);
  workers[0]!.end();
  expect(await isOver(stopped)).toBe(false);
  workers[1]!.end();
  await expect(stopped).resolves.toBeUndefined();
});
