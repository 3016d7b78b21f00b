import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import type { ResourceKey } from '../../src/domain/identity.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { freezeProcess } from '../support/freeze-process.ts';
import type { GateName } from '../support/gates.ts';
import type { TestRuntime } from '../support/test-runtime.ts';
import { waitFor } from '../support/wait-for.ts';

/** Fault row 4: a runtime frozen in a step for three heartbeat time-outs, replaced on the same host, and woken again. */
const frozenMs = 15_000;
/** One step at a time, so that the frozen process has no poll open that would swallow the next attempt. */
const oneAtATime = { HOMEOSTAT_CONCURRENT_ACTIVITIES: '1' };

const beds: FaultBed[] = [];
afterAll(async () => {
  for (const bed of beds) await bed.stop();
});

/** A runtime that stands frozen at a gate, and its resource. */
async function freeze(mode: 'keyed' | 'plain', gate: GateName, environment: Readonly<Record<string, string>> = {}) {
  const bed = await startFaultBed(mode);
  beds.push(bed);
  const zombie = await bed.start({ gate: { name: gate, passing: 1 }, environment });
  const key = await bed.put('frozen', { size: 3 });
  await zombie.gateReached();
  await freezeProcess(zombie.process.pid!);
  return { bed, zombie, key };
}

function wake(zombie: TestRuntime): void {
  zombie.openGate();
  zombie.process.kill('SIGCONT');
}

const attemptOf = async (bed: FaultBed, key: ResourceKey) =>
  (await bed.servers.state.ledger.list(key))[0]?.entry.attempt ?? 0;
const later = (attempt: number) => (attempt > 1 ? attempt : undefined);

// Mostly waiting, so all at once; each has servers of its own.
describe.concurrent('row 4: a runtime that was frozen in a step wakes up when another one has taken over', () => {
  test('before its effect: it is fenced, its report is refused, and the effect happens once', async () => {
    const { bed, zombie, key } = await freeze('keyed', 'before-effect', oneAtATime);
    await Promise.all([bed.start(), sleep(frozenMs)]);
    const attempt = await waitFor('another attempt', async () => later(await attemptOf(bed, key)));
    wake(zombie);
    await waitFor('the late attempt to be fenced', () => zombie.logText().includes('EFFECT_FENCED'));
    await bed.running(key);
    await bed.checkOracle(key);
    expect(await attemptOf(bed, key)).toBe(attempt);
    expect(bed.effectsOn(key)).toHaveLength(1);
  });

  test('with polls open that swallowed the next attempts: the effect happens once all the same', async () => {
    const { bed, zombie, key } = await freeze('keyed', 'before-effect');
    await Promise.all([bed.start(), sleep(frozenMs)]);
    wake(zombie);
    await bed.running(key);
    await bed.checkOracle(key);
    expect(bed.effectsOn(key)).toHaveLength(1);
  });

  test('where nobody can ask the target: a person is asked, and nothing is done twice', async () => {
    const { bed, zombie, key } = await freeze('plain', 'after-effect', oneAtATime);
    await Promise.all([bed.start(), sleep(frozenMs)]);
    await waitFor('another attempt', async () => later(await attemptOf(bed, key)));
    wake(zombie);
    await waitFor('the late attempt to be fenced', () => zombie.logText().includes('EFFECT_FENCED'));
    await bed.condition(key, 'Blocked', 'OUTCOME_UNKNOWN');
    await bed.checkOracle(key);
    expect(bed.effectsOn(key)).toHaveLength(1);
    const [open] = await bed.servers.state.ledger.listOpen(key);
    await bed.signal(key, 'resolve', {
      seal: open!.entry.seal,
      step: open!.entry.step,
      choice: 'adopt',
      approver: 'ann',
    });
    await bed.running(key);
    await bed.checkOracle(key);
    expect(bed.effectsOn(key)).toHaveLength(1);
  });
});
