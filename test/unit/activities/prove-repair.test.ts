import { expect, test } from 'vitest';
import { proveRepair } from '../../../src/activities/prove-repair.ts';
import type { Issue } from '../../../src/domain/issue.ts';
import type { IssueFinding } from '../../../src/domain/issue-check.ts';
import { present } from '../../../src/domain/outcome.ts';
import { createBench } from './activity-bench.ts';

const issue: Issue = {
  type: 'torn',
  resource: 'Box/a',
  severity: 'warning',
  summary: 's',
  evidence: [],
  since: '2026-11-21T00:00:00.000Z',
};

/** A first look at a box that is as desired, whose own check answers one after the other, the last for ever. */
async function firstLook(...answers: readonly (IssueFinding | Error)[]) {
  const bench = createBench();
  await bench.putBox({ size: 2 });
  bench.world.seen = present({ size: 2 });
  let looks = 0;
  bench.world.onCheck = () => {
    const answer = answers[Math.min(looks, answers.length - 1)]!;
    looks += 1;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const proof = await proveRepair(bench.dependencies, bench.scope, {
    ...bench.reference,
    issue,
    stableMs: 150,
    patienceMs: 1,
  });
  return { proof, looks };
}

const good: IssueFinding = { isGood: true, detail: 'whole' };
const bad: IssueFinding = { isGood: false, detail: 'torn' };

test('a check that finds the fault ends a first look at once', async () => {
  expect(await firstLook(bad)).toMatchObject({
    proof: { isGone: false, detail: expect.stringContaining('torn') },
    looks: 1,
  });
});

test('a check that could not look is asked again: on a busy machine that alone is no fault', async () => {
  const { proof, looks } = await firstLook(new Error('took too long'), new Error('took too long'), good);
  expect(proof).toMatchObject({ isGone: true, detail: expect.stringContaining('whole') });
  expect(looks).toBeGreaterThan(3);
});

test('a fault that is seen after looks that saw nothing is a fault', async () => {
  expect(await firstLook(new Error('took too long'), bad)).toMatchObject({ proof: { isGone: false }, looks: 2 });
});
