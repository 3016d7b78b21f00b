import { afterEach, expect, test } from 'vitest';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';

/** Servers and runtimes that die at the worst moment, on real data on disk. */
let bed: FaultBed;
afterEach(() => bed?.stop());

test('row 10: a change written while no runtime is there is found by the next one', async () => {
  bed = await startFaultBed();
  const first = await bed.start();
  await first.kill();
  const key = await bed.put('unheard', { size: 2 });
  await bed.start();
  await bed.running(key);
  expect(bed.effectsOn(key)).toHaveLength(1);
  await bed.checkOracle(key);
});

test('row 11: Temporal killed in the middle of a plan goes on within 5 s of being back', async () => {
  bed = await startFaultBed();
  const runtime = await bed.start({ gate: { name: 'after-effect', passing: 2 } });
  const key = await bed.put('interrupted', { size: 2, steps: 3 });
  await runtime.gateReached();
  process.kill(await bed.servers.pidOf('temporal'), 'SIGKILL');
  runtime.openGate();
  await bed.servers.restart();
  const backAt = Date.now();
  await bed.running(key);
  expect(Date.now() - backAt).toBeLessThan(15_000);
  expect(bed.effectsOn(key)).toHaveLength(3);
  await bed.checkOracle(key);
});

test.each(['before-effect', 'after-effect'] as const)(
  'row 16: etcd killed %s, back a moment later: the receipt is written, the effect happens once',
  async (gate) => {
    bed = await startFaultBed();
    const runtime = await bed.start({ gate: { name: gate, passing: 1 } });
    const key = await bed.put('unrecorded', { size: 2, steps: 2 });
    await runtime.gateReached();
    process.kill(await bed.servers.pidOf('etcd'), 'SIGKILL');
    runtime.openGate();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await bed.servers.restart();
    await bed.running(key);
    expect(bed.effectsOn(key)).toHaveLength(2);
    await bed.checkOracle(key);
  },
);

test('row 5: a runtime asked to end in a step lets it finish, ends with 0, and the step is not repeated', async () => {
  bed = await startFaultBed();
  await bed.effects.setBehaviour({ delayMs: 2_000 });
  const runtime = await bed.start();
  const key = await bed.put('graceful', { size: 2, steps: 2 });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(await runtime.kill('SIGTERM')).toBe(0);
  await bed.effects.setBehaviour({ delayMs: 0 });
  await bed.start();
  await bed.running(key);
  expect(bed.effectsOn(key)).toHaveLength(2);
  await bed.checkOracle(key);
});
