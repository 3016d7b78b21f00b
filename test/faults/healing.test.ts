import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { externalNameOf } from '../../src/domain/kind.ts';
import { closedIncident } from '../support/closed-incident.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import type { GateName } from '../support/gates.ts';
import { reportIssue } from '../support/report-issue.ts';
import { widgetKey } from '../support/test-bed.ts';

/** A runtime killed before, in and after each phase of a treatment, and at each line of its step. */
let bed: FaultBed;
beforeAll(async () => {
  bed = await startFaultBed();
});
afterAll(() => bed?.stop());

const cases: readonly { readonly gate: GateName; readonly passing: number }[] = [
  ...(['openIncident', 'gatherEvidence', 'planRepair', 'closeIncident'] as const).flatMap((activity) => [
    { gate: `begin-${activity}` as const, passing: 1 },
    { gate: `end-${activity}` as const, passing: 1 },
  ]),
  // The first proof asks whether there is a fault at all.
  ...([1, 2] as const).flatMap((passing) => [
    { gate: 'begin-proveRepair' as const, passing },
    { gate: 'end-proveRepair' as const, passing },
  ]),
  // The first step made the widget, the second one repairs it.
  ...(['before-effect', 'after-effect', 'before-report', 'after-report'] as const).map((gate) => ({
    gate,
    passing: 2,
  })),
];
const nameOf = ({ gate, passing }: (typeof cases)[number]) => `${gate}-${passing}`.toLowerCase();

describe('a runtime killed in a treatment is followed by one that goes on: the repair happens once', () => {
  // All cases share one death: the runtime is killed when each resource stands at its own line.
  beforeAll(async () => {
    const gate = cases.map((one) => ({
      name: one.gate,
      passing: one.passing,
      on: externalNameOf(widgetKey(nameOf(one))),
    }));
    const doomed = await bed.start({ gate });
    const keys = await Promise.all(cases.map((one) => bed.put(nameOf(one), { size: 1 })));
    for (const key of keys) await bed.running(key);
    for (const key of keys) {
      await bed.effects.meddle(externalNameOf(key), 'put', { size: 99 });
      await reportIssue(bed.servers.client, key);
    }
    await doomed.gateReached();
    await doomed.kill();
    await bed.start();
  }, 90_000);

  test.each(cases)('$gate, passing $passing', async (one) => {
    const key = widgetKey(nameOf(one));
    const incident = await closedIncident(bed.servers.state.incidents, key);
    expect(incident).toMatchObject({ state: 'resolved', earlier: [expect.any(String)] });
    expect(bed.effectsOn(key).map(({ value }) => value?.size)).toEqual([1, 1]);
    expect((await bed.effects.objects())[externalNameOf(key)]).toEqual({ size: 1 });
    await bed.checkOracle(key);
  });
});
