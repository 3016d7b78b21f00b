import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** Effects whose answer is late or wrong, on a target that can be asked by key. */
let bed: FaultBed;
beforeAll(async () => {
  bed = await startFaultBed();
  await bed.start({ stepTimeoutMs: 1_500, environment: { HOMEOSTAT_RETRY_FIRST: '2s' } });
});
afterEach(() => bed.effects.setBehaviour({ delayMs: 0, failAfter: false, failBefore: false, tellUnderWay: false }));
afterAll(() => bed?.stop());

test('row 32: a tool that ends after its time-out, successfully, is waited for and not repeated', async () => {
  await bed.effects.setBehaviour({ delayMs: 3_000, tellUnderWay: true });
  const key = await bed.put('late', { size: 4, steps: 2 });
  await bed.running(key);
  expect(bed.effectsOn(key)).toHaveLength(2);
  expect(bed.effects.refused()).toEqual([]);
  await bed.checkOracle(key);
});

test('row 32: where the target does not tell that it is at work, the repeat has the same key and comes to nothing', async () => {
  await bed.effects.setBehaviour({ delayMs: 3_000 });
  const key = await bed.put('late-in-silence', { size: 4 });
  await waitFor('the effect', () => bed.effectsOn(key).length > 0);
  await bed.effects.setBehaviour({ delayMs: 0 });
  await bed.running(key);
  const [effect, ...others] = bed.effectsOn(key);
  expect(others).toEqual([]);
  const repeated = await waitFor('the repeat', () =>
    bed.effects.refused().find(({ object }) => object === effect!.object),
  );
  expect(repeated.key).toBe(effect!.key);
  await bed.checkOracle(key);
});

test('row 33: a tool that fails after each effect is asked for by its key and not repeated', async () => {
  await bed.effects.setBehaviour({ failAfter: true });
  const key = await bed.put('failed-after', { size: 4, steps: 3 });
  await bed.running(key);
  const refused = bed.effects.refused().filter(({ object }) => object.startsWith('default.widget.failed-after'));
  expect(refused).toEqual([]);
  expect(bed.effectsOn(key)).toHaveLength(3);
  await bed.checkOracle(key);
});

test('a tool that fails before its effect is tried again until it is given up, and the resource says why', async () => {
  await bed.effects.setBehaviour({ failBefore: true });
  const key = await bed.put('failed-before', { size: 4 });
  expect(await bed.condition(key, 'Blocked')).toContain('503');
  expect(bed.effectsOn(key)).toEqual([]);
  await bed.effects.setBehaviour({ failBefore: false });
  await bed.running(key);
  expect(bed.effectsOn(key)).toHaveLength(1);
  await bed.checkOracle(key);
});
