import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** Effects whose answer is late or wrong, on a target that can be asked. Without asking: see outcome-unknown.test.ts. */
let bed: FaultBed;
beforeAll(async () => {
  bed = await startFaultBed();
  await bed.start({ stepTimeoutMs: 1_500 });
});
afterAll(() => bed?.stop());

test('row 32: a tool that ends after its time-out, successfully, is observed and not repeated', async () => {
  await bed.effects.setBehaviour({ delayMs: 3_000 });
  const key = await bed.put('late', { size: 4 });
  await waitFor('the effect', () => bed.effectsOn(key).length > 0);
  await bed.effects.setBehaviour({ delayMs: 0 });
  await bed.running(key);
  expect(bed.effectsOn(key).filter(({ action }) => action === 'put').length).toBe(1);
  await bed.checkOracle(key);
});

test('row 33: a tool that fails after the effect is asked for by its key and not repeated', async () => {
  await bed.effects.setBehaviour({ failAfter: true });
  const key = await bed.put('failed-after', { size: 4, steps: 2 });
  await bed.running(key);
  await bed.effects.setBehaviour({ failAfter: false });
  expect(bed.effectsOn(key)).toHaveLength(2);
  await bed.checkOracle(key);
});

test('row 29: a desired value that changes during execution stops the plan before its next effect', async () => {
  await bed.effects.setBehaviour({ delayMs: 700 });
  const key = await bed.put('overtaken', { size: 1, steps: 5 });
  await waitFor('the first effect', () => bed.effectsOn(key).length > 0);
  await bed.put('overtaken', { size: 9 });
  await bed.effects.setBehaviour({ delayMs: 0 });
  await bed.running(key);
  expect((await bed.effects.objects())['default.widget.overtaken']).toEqual({ size: 9 });
  expect(bed.effectsOn(key).length).toBeLessThan(5);
  await bed.checkOracle(key);
});
