import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { gateNames } from '../support/gates.ts';

/** Faults rows 1, 2 and 3: kill -9 before the effect, after it, and after its receipt, at each of three steps. */
let bed: FaultBed;
beforeAll(async () => {
  bed = await startFaultBed();
});
afterAll(() => bed?.stop());

const rows = { 'before-effect': 1, 'after-effect': 2, 'before-report': 3 } as const;
const cases = gateNames.flatMap((gate) => [1, 2, 3].map((step) => ({ row: rows[gate], gate, step })));

test.each(cases)(
  'row $row: a runtime killed $gate of step $step goes on, and each effect happens once',
  async ({ gate, step }) => {
    const doomed = await bed.start({ gate: { name: gate, passing: step } });
    const key = await bed.put(`${gate}-${step}`, { size: 7, steps: 3 });
    await doomed.gateReached();
    await doomed.kill();
    const heir = await bed.start();
    await bed.running(key);
    await heir.kill();
    const object = `default.widget.${key.name}`;
    expect(bed.effectsOn(key).map((effect) => effect.object)).toEqual([`${object}-part-1`, `${object}-part-2`, object]);
    await bed.checkOracle(key);
  },
);
