import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { externalNameOf } from '../../src/domain/kind.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { gateNames } from '../support/gates.ts';
import type { TestRuntime } from '../support/test-runtime.ts';
import { widgetKey } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** Faults rows 1, 2 and 3: kill -9 at every line that matters, at each of three steps. */
let bed: FaultBed;
let heir: TestRuntime;
beforeAll(async () => {
  bed = await startFaultBed();
});
afterAll(() => bed?.stop());

const steps = [1, 2, 3];
const gates = {
  'before-effect': { row: 1, where: 'before the effect', repeated: 0 },
  'after-effect': { row: 2, where: 'after the effect, before the receipt', repeated: 0 },
  'before-report': { row: 2, where: 'after the receipt, before the report', repeated: undefined },
  'after-report': { row: 3, where: 'after the report', repeated: 1 },
} as const;
const cases = gateNames.flatMap((gate) => steps.map((step) => ({ ...gates[gate], gate, step })));
const nameOf = ({ gate, step }: (typeof cases)[number]) => `${gate}-${step}`;

describe('a runtime killed at a line goes on, and each effect happens once', () => {
  // All cases share one death: the runtime is killed when each resource stands at its own line.
  beforeAll(async () => {
    const gate = cases.map((one) => ({
      name: one.gate,
      passing: one.step,
      on: externalNameOf(widgetKey(nameOf(one))),
    }));
    const doomed = await bed.start({ gate });
    await Promise.all(cases.map((one) => bed.put(nameOf(one), { size: one.step, steps: 3 })));
    await doomed.gateReached();
    await doomed.kill();
    heir = await bed.start();
  });

  test.each(cases)('row $row: $where of step $step', async (one) => {
    const key = widgetKey(nameOf(one));
    await bed.running(key);
    const object = externalNameOf(key);
    expect(bed.effectsOn(key).map((effect) => effect.object)).toEqual([`${object}-part-1`, `${object}-part-2`, object]);
    // Only the step that was under way, or the one that was about to be, is tried again.
    const repeated = one.repeated === undefined ? undefined : one.step + one.repeated;
    const entries = (await bed.servers.state.ledger.list(key)).map(({ entry }) => entry);
    expect(entries.map(({ attempt }) => attempt)).toEqual(steps.map((step) => (step === repeated ? 2 : 1)));
  });

  test('what every fault must leave whole is whole with all of them', () =>
    bed.checkOracle(...cases.map((one) => widgetKey(nameOf(one)))));
});

test('row 2: a runtime killed while the target is at work is followed by one that waits for the target', async () => {
  await bed.effects.setBehaviour({ delayMs: 8_000, tellUnderWay: true });
  const key = await bed.put('at-work', { size: 4 });
  await waitFor('the target to be at work', async () => (await bed.effects.underWay()).length === 1);
  await heir.kill();
  await bed.start();
  await bed.running(key);
  await bed.effects.setBehaviour({ delayMs: 0, tellUnderWay: false });
  expect(bed.effectsOn(key)).toHaveLength(1);
  expect(bed.effects.refused()).toEqual([]);
  await bed.checkOracle(key);
});
