import { setTimeout as sleep } from 'node:timers/promises';
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

/** Says yes to what is asked about these resources, each once, until all were asked. */
async function approveAll(names: Set<string>): Promise<void> {
  while (names.size > 0) {
    for (const { resource, workflowId, seal } of await bed.servers.state.approvals.list('default', 'pending')) {
      if (!names.delete(resource.name)) continue;
      await bed.servers.client.workflow.getHandle(workflowId).signal('approve', { seal, approver: 'ann' });
    }
    await sleep(100);
  }
}
let approving: Promise<void>;

interface Death {
  readonly gate: GateName;
  readonly passing: number;
  /** The repair waits for a person. */
  readonly isAsked?: boolean;
}

const cases: readonly Death[] = [
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
  ...(['openRequest', 'closeRequest', 'confirmPlan'] as const).flatMap((activity) => [
    { gate: `begin-${activity}` as const, passing: 1, isAsked: true },
    { gate: `end-${activity}` as const, passing: 1, isAsked: true },
  ]),
];
const nameOf = ({ gate, passing }: Death) => `${gate}-${passing}`.toLowerCase();

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
    const annotations = { 'homeostat.io/mode': 'propose' };
    const asked = await bed.putMany(
      cases.flatMap((one) => (one.isAsked === true ? [{ name: nameOf(one), spec: { size: 1 }, annotations }] : [])),
    );
    for (const key of asked) await bed.running(key);
    approving = approveAll(new Set(asked.map(({ name }) => name)));
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
    await approving;
    const incident = await closedIncident(bed.servers.state.incidents, key);
    expect(incident).toMatchObject({ state: 'resolved', earlier: [expect.any(String)] });
    expect(bed.effectsOn(key).map(({ value }) => value?.size)).toEqual([1, 1]);
    expect((await bed.effects.objects())[externalNameOf(key)]).toEqual({ size: 1 });
  });

  test('what every fault must leave whole is whole with all of them', () =>
    bed.checkOracle(...cases.map((one) => widgetKey(nameOf(one)))));
});
