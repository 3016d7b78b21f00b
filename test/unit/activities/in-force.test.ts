import { beforeEach, expect, test } from 'vitest';
import { confirmPlan } from '../../../src/activities/confirm-plan.ts';
import { gatherEvidence } from '../../../src/activities/gather-evidence.ts';
import { noteDrift } from '../../../src/activities/note-drift.ts';
import { previewPlan } from '../../../src/activities/observe-and-plan.ts';
import { proveRepair } from '../../../src/activities/prove-repair.ts';
import { present } from '../../../src/domain/outcome.ts';
import { box, createBench, diskFull } from './activity-bench.ts';

/** Which spec a kind is told to be in force, by whoever looks: what it may run programs of. */
let bench: ReturnType<typeof createBench>;
/** By its size. */
let told: Set<number | undefined>;
const note = (inForce: unknown) => void told.add((inForce as { size: number } | undefined)?.size);
beforeEach(() => {
  bench = createBench();
  told = new Set();
  bench.world.onLook = async (inForce) => note(inForce);
});

/** A box that was brought to a size, and of which another one is desired that nobody has let through. */
async function startChange(): Promise<number> {
  await bench.converged(1);
  told.clear();
  return bench.putBox({ size: 2 });
}
const prove = (desiredRevision?: number) =>
  proveRepair(bench.dependencies, bench.scope, {
    ...bench.reference,
    issue: diskFull,
    stableMs: 1,
    patienceMs: 1,
    ...(desiredRevision === undefined ? {} : { desiredRevision }),
  });

test('of what is new none is in force', async () => {
  await bench.putBox({ size: 1 });
  await bench.plan();
  expect(told).toEqual(new Set([undefined]));
});

test('before a change is let through, the one last applied is', async () => {
  const { dependencies, scope, reference } = bench;
  await startChange();
  const { content } = await bench.sealed();
  await previewPlan(dependencies, scope, {
    resource: box,
    desired: { apiVersion: 'homeostat/v1', kind: 'Box', metadata: { name: 'a' }, spec: { size: 3 } },
  });
  await confirmPlan(dependencies, scope, { ...reference, ...content });
  await noteDrift(dependencies, await bench.state.resources.read(box), scope.signal);
  await prove();
  expect(told).toEqual(new Set([1]));
});

test('after the plan for it, the desired one is', async () => {
  const revision = await startChange();
  await bench.record(revision);
  bench.world.seen = present({ size: 2 });
  await prove(revision);
  expect(told).toEqual(new Set([2]));
});

test('is not what came to be desired after the plan', async () => {
  const revision = await startChange();
  await bench.putBox({ size: 3 });
  await bench.record(revision);
  await prove(revision);
  expect(told).toEqual(new Set([1]));
});

test('before that whoever gathers evidence, and the own checks, go by the one last applied, too', async () => {
  const check = async (_: object, { inForce }: { readonly inForce?: unknown }) => {
    note(inForce);
    return { isGood: true, detail: 'room' };
  };
  bench = createBench({ override: { issues: { disk_full: { check } } } });
  const { kinds } = bench.dependencies.registry.agents[0]!;
  const evidence = async (...given: Parameters<typeof check>) => {
    await check(...given);
    return [];
  };
  Object.assign(kinds[0]!, { evidence });
  await startChange();
  await gatherEvidence(bench.dependencies, bench.scope, { ...bench.reference, issue: diskFull });
  bench.world.seen = present({ size: 2 });
  await prove();
  expect(told).toEqual(new Set([1]));
});
