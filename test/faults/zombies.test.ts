import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** Fault row 4: a runtime frozen in a step for three heartbeat time-outs, replaced, and woken again. */
let bed: FaultBed;
/** Three heartbeat time-outs of 5 s. */
const frozenMs = 15_000;
/** One step at a time, so that the frozen process has no poll open that would swallow the next attempt. */
const environment = { HOMEOSTAT_CONCURRENT_ACTIVITIES: '1' };
afterEach(() => bed?.stop());

test('row 4: a frozen attempt that wakes after three heartbeat time-outs is fenced, and the effect happens once', async () => {
  bed = await startFaultBed();
  const zombie = await bed.start({ gate: { name: 'before-effect', passing: 1 }, environment });
  const key = await bed.put('frozen', { size: 3 });
  await zombie.gateReached();
  zombie.process.kill('SIGSTOP');
  await bed.start();
  await sleep(frozenMs);
  const [taken] = await bed.servers.state.ledger.list(key);
  expect(taken?.entry.attempt).toBeGreaterThan(1);
  zombie.openGate();
  zombie.process.kill('SIGCONT');
  await bed.running(key);
  await sleep(2_000);
  expect(bed.effectsOn(key)).toHaveLength(1);
  expect((await bed.status(key))?.state).toBe('Running');
  await bed.checkOracle(key);
});

test('row 4, plain: where nobody can ask the target, a person is asked and nothing is done twice', async () => {
  bed = await startFaultBed('plain');
  const zombie = await bed.start({ gate: { name: 'after-effect', passing: 1 }, environment });
  const key = await bed.put('frozen', { size: 3 });
  await zombie.gateReached();
  zombie.process.kill('SIGSTOP');
  await bed.start();
  await sleep(frozenMs);
  zombie.openGate();
  zombie.process.kill('SIGCONT');
  await waitFor('a person to be asked', async () =>
    (await bed.status(key))?.conditions.some(({ reason }) => reason === 'OUTCOME_UNKNOWN'),
  );
  await sleep(2_000);
  expect(bed.effectsOn(key)).toHaveLength(1);
  expect((await bed.status(key))?.conditions.some(({ reason }) => reason === 'OUTCOME_UNKNOWN')).toBe(true);
});
