import { beforeEach, describe, expect, test } from 'vitest';
import { proveRepair } from '../../../src/activities/prove-repair.ts';
import type { IssueFinding } from '../../../src/domain/issue-check.ts';
import { present } from '../../../src/domain/outcome.ts';
import { createBench } from './activity-bench.ts';

let bench: ReturnType<typeof createBench>;
let findings: (IssueFinding | Error)[];
beforeEach(async () => {
  bench = createBench();
  findings = [];
  await bench.putBox({ size: 1 });
  bench.world.seen = present({ size: 1 });
  bench.world.onCheck = () => {
    const next = findings.length > 1 ? findings.shift()! : findings[0]!;
    if (next instanceof Error) throw next;
    return next;
  };
});
const prove = (type: string, patienceMs = 1) =>
  proveRepair(bench.dependencies, bench.scope, {
    ...bench.reference,
    issue: {
      type,
      resource: 'Box/a',
      severity: 'warning',
      summary: 's',
      evidence: [],
      since: '2026-11-21T00:00:00.000Z',
    },
    stableMs: 100,
    patienceMs,
  });
const good = { isGood: true, detail: 'it is dry' };
const bad = { isGood: false, detail: 'it drips' };

describe('the proof that a fault is gone', () => {
  test("asks the kind's own check of that type besides what is desired", async () => {
    findings = [good];
    expect(await prove('torn')).toMatchObject({
      isGone: true,
      detail: expect.stringContaining('it is as desired; it is dry') as string,
    });
    findings = [bad];
    expect(await prove('torn')).toEqual({ isGone: false, detail: 'it is as desired; it drips' });
  });

  test('of a type without such a check is that it is as desired, and says where that cannot tell', async () => {
    findings = [bad];
    for (const type of ['service_down', 'resource_error']) {
      expect(await prove(type)).toEqual({ isGone: true, detail: 'it is as desired, for 0 s without a break' });
    }
    expect(await prove('replication_lag')).toMatchObject({ isGone: true, isUnchecked: true });
    findings = [{ ...good, isUnchecked: true }];
    expect(await prove('torn')).toMatchObject({ isGone: true, isUnchecked: true });
  });

  test('does not ask it of what is not even as desired', async () => {
    bench.world.seen = present({ size: 2 });
    findings = [good];
    expect(await prove('torn')).toEqual({ isGone: false, detail: 'differs in size' });
  });

  test('is broken by one bad look', async () => {
    findings = [good, bad, good];
    expect(await prove('torn', 2_000)).toMatchObject({ isGone: true });
    expect(findings).toHaveLength(1);
  });

  test('asks a check again that could not look: on a busy machine that alone is no fault', async () => {
    const blind = new Error('the gauge is away');
    findings = [blind, blind, good];
    expect(await prove('torn')).toMatchObject({ isGone: true });
    findings = [blind, bad];
    expect(await prove('torn')).toEqual({ isGone: false, detail: 'it is as desired; it drips' });
  });
});
