import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import type { ResourceKey } from '../../src/domain/identity.ts';
import { externalNameOf } from '../../src/domain/kind.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { freezeProcess } from '../support/freeze-process.ts';
import type { GateName } from '../support/gates.ts';
import { listStepReporters } from '../support/step-reports.ts';
import { widgetKey } from '../support/test-bed.ts';
import type { TestRuntime } from '../support/test-runtime.ts';
import { waitFor } from '../support/wait-for.ts';

/** Fault row 4: a runtime frozen in a step for three heartbeat time-outs, replaced on the same host, and woken again. */
const frozenMs = 15_000;

const beds: FaultBed[] = [];
afterAll(async () => {
  for (const bed of beds) await bed.stop();
});

/**
 * A runtime that stands frozen at gates, a resource at each. Unless it is to have polls open that swallow the next
 * attempts, it takes no more steps at a time than these.
 */
async function freeze(mode: 'keyed' | 'plain', gates: readonly GateName[], hasPolls = false) {
  const bed = await startFaultBed(mode);
  beds.push(bed);
  const zombie = await bed.start({
    gate: gates.map((name) => ({ name, passing: 1, on: externalNameOf(widgetKey(name)) })),
    environment: hasPolls ? {} : { HOMEOSTAT_CONCURRENT_ACTIVITIES: String(gates.length) },
  });
  for (const name of gates) await bed.put(name, { size: 3 });
  await zombie.gateReached();
  await freezeProcess(zombie.process.pid!);
  return { bed, zombie };
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
  test('before an effect and before a report: it is fenced, its reports are refused, and each effect happens once', async () => {
    const [begun, done] = [widgetKey('before-effect'), widgetKey('before-report')] as const;
    const { bed, zombie } = await freeze('keyed', ['before-effect', 'before-report']);
    const [heir] = await Promise.all([bed.start(), sleep(frozenMs)]);
    const attempt = await waitFor('another attempt', async () => later(await attemptOf(bed, begun)));
    for (const key of [begun, done]) await bed.running(key);
    const { ledger, audit } = bed.servers.state;
    const listRecords = () => Promise.all([begun, done].flatMap((key) => [ledger.list(key), audit.list(key)]));
    const before = await listRecords();
    wake(zombie);
    await waitFor('the late attempt to be fenced', () => zombie.logText().includes('EFFECT_FENCED'));
    // It tells nobody that it has given its report up.
    await sleep(1_000);
    expect(await listRecords()).toEqual(before);
    expect(await attemptOf(bed, begun)).toBe(attempt);
    // The receipt was there: the next attempt had only to report it.
    expect(await attemptOf(bed, done)).toBe(1);
    for (const key of [begun, done]) {
      expect(await listStepReporters(bed.servers.client, key)).toEqual([
        expect.stringMatching(`^${heir.process.pid}@`),
      ]);
      expect(bed.effectsOn(key)).toHaveLength(1);
    }
    await bed.checkOracle(begun, done);
  });

  test('with polls open that swallowed the next attempts: the effect happens once all the same', async () => {
    const key = widgetKey('before-effect');
    const { bed, zombie } = await freeze('keyed', ['before-effect'], true);
    await Promise.all([bed.start(), sleep(frozenMs)]);
    wake(zombie);
    await bed.running(key);
    await bed.checkOracle(key);
    expect(bed.effectsOn(key)).toHaveLength(1);
  });

  test('where nobody can ask the target: a person is asked, and nothing is done twice', async () => {
    const key = widgetKey('after-effect');
    const { bed, zombie } = await freeze('plain', ['after-effect']);
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
