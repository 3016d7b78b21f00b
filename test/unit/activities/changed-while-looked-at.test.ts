import { expect, test } from 'vitest';
import { box, createBench } from './activity-bench.ts';

test('a new resource that is corrected while it is looked at begins as corrected, also in an immutable field', async () => {
  const bench = createBench();
  await bench.putBox({ size: 1, color: 'blue' });
  let isCorrected = false;
  bench.world.onLook = async () => {
    if (!isCorrected) await bench.putBox({ size: 1, color: 'green' });
    isCorrected = true;
  };
  await expect(bench.plan()).rejects.toMatchObject({ code: 'STORE_CONFLICT', retryable: true });
  expect(await bench.actual()).toBeUndefined();
  expect((await bench.plan({}, { attempt: 2 })).type).toBe('plan');
  expect((await bench.actual())?.lastApplied?.spec).toEqual({ size: 1, color: 'green' });
  expect(await bench.state.audit.list(box)).toHaveLength(1);
});

test('a change while it is looked at keeps nothing that was begun before from its plan', async () => {
  const bench = createBench();
  await bench.converged(1);
  await bench.putBox({ size: 2 });
  bench.world.onLook = async () => void (await bench.putBox({ size: 3 }));
  expect((await bench.plan()).type).toBe('plan');
  expect((await bench.actual())?.lastApplied?.spec).toMatchObject({ size: 1 });
});
