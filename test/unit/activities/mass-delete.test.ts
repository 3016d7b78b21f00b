import { beforeEach, describe, expect, test } from 'vitest';
import type { ResourceKey } from '../../../src/domain/identity.ts';
import { present, unreachable } from '../../../src/domain/outcome.ts';
import { box, createBench, sampleActual } from './activity-bench.ts';

const look = { toolName: 'look', parameters: {}, description: 'Looks' };
let bench: ReturnType<typeof createBench>;
beforeEach(() => {
  // Boxes that nobody minds losing, but all of them at once.
  bench = createBench({ override: { rules: { delete: () => [look] } } });
  bench.world.seen = present({ size: 1 });
});

const boxes = (count: number, tenant = 'default'): readonly ResourceKey[] =>
  Array.from({ length: count }, (_, index) => ({ tenant, kind: 'Box', name: index === 0 ? 'a' : `a${index}` }));

/** Boxes that are as wanted. Answers the create revisions of what is desired. */
async function settle(keys: readonly ResourceKey[]): Promise<readonly number[]> {
  const revisions: number[] = [];
  for (const key of keys) {
    const revision = await bench.putBox({ size: 1 }, { tenant: key.tenant }, key);
    const lastApplied = { spec: { size: 1 }, labels: {}, dependsOn: [] };
    await bench.putActual(sampleActual({}, { id: String(revision), lastApplied }), key);
    revisions.push(revision);
  }
  return revisions;
}
/** As anybody with etcdctl could, in one transaction. */
const deleteRaw = (keys: readonly ResourceKey[]) =>
  bench.store.commit(
    [],
    keys.map((key) => ({ type: 'delete', key: bench.keys.desired(key) })),
  );

describe('the removal of one of many that went from desired', () => {
  test('needs nobody up to the limit', async () => {
    await settle(boxes(40));
    await deleteRaw(boxes(5));
    expect(await bench.sealed()).toMatchObject({ needsApproval: false });
  });

  test('waits for a person above it, and says of how many', async () => {
    await settle(boxes(40));
    await deleteRaw(boxes(37));
    expect(await bench.sealed()).toMatchObject({
      needsApproval: true,
      waitReason: 'MassDelete',
      plan: {
        riskLevel: 'safe',
        steps: [{ gate: 'MASS_DELETE: 37 of 40 resources are to go at once, limit 5' }],
      },
    });
  });

  test('says both where it would wait anyway', async () => {
    bench = createBench();
    bench.world.seen = present({ size: 1 });
    await settle(boxes(6));
    await deleteRaw(boxes(6));
    const { plan, waitReason } = await bench.sealed();
    expect(waitReason).toBe('Dangerous');
    expect(plan.steps[0]!.gate).toBe(
      'drop_box is dangerous here; MASS_DELETE: 6 of 6 resources are to go at once, limit 5',
    );
  });

  test('is not counted with those of other tenants, nor with what never came to be', async () => {
    await settle([...boxes(5), ...boxes(5, 't2')]);
    await bench.putActual(sampleActual(), { tenant: 'default', kind: 'Box', name: 'never' });
    await deleteRaw([...boxes(5), ...boxes(5, 't2')]);
    expect(await bench.sealed()).toMatchObject({ needsApproval: false });
  });

  test('is not counted with those that were counted at a door', async () => {
    const revisions = await settle(boxes(9));
    for (const [index, key] of boxes(9).slice(1).entries()) {
      await bench.state.removals.noteMeant(key, [String(revisions[index + 1])]);
    }
    await deleteRaw(boxes(9));
    expect(await bench.sealed()).toMatchObject({ needsApproval: false });
  });

  test('goes on to wait when the others have gone', async () => {
    await settle(boxes(6));
    await deleteRaw(boxes(6));
    expect(await bench.sealed()).toMatchObject({ needsApproval: true });
    for (const key of boxes(6).slice(1)) await bench.state.changeActual(key, () => undefined);
    const { plan } = await bench.sealed();
    expect(plan.steps[0]!.gate).toBe('MASS_DELETE: 6 of 6 resources are to go at once, limit 5');
  });

  test('that has to wait for others first asks when they have gone', async () => {
    await settle(boxes(6));
    const lastApplied = { spec: { size: 1 }, labels: {}, dependsOn: ['Box/a'] };
    await bench.putActual(sampleActual({}, { lastApplied }), boxes(6)[5]);
    await deleteRaw(boxes(6));
    expect(await bench.plan()).toMatchObject({ type: 'blocked', block: { code: 'HAS_DEPENDANTS' } });
    for (const key of boxes(6).slice(1)) await bench.state.changeActual(key, () => undefined);
    expect(await bench.sealed()).toMatchObject({ needsApproval: true });
  });

  test('asks nobody once it is wanted again and deleted at a door, however many others wait', async () => {
    await settle(boxes(9));
    await deleteRaw(boxes(9));
    await bench.sealed();
    const revision = await bench.putBox({ size: 1 });
    // What is on record of it may still be of the first one.
    const { id } = (await bench.actual())!;
    await bench.state.removals.noteMeant(box, [String(revision), id]);
    await bench.removeBox();
    expect(await bench.sealed()).toMatchObject({ needsApproval: false });
    expect(await bench.state.removals.view(box)).toMatchObject({ isMeant: true, unmeant: 8 });
  });

  test.each([
    { hinders: () => (bench.world.seen = unreachable('away')), reason: 'cannot be looked at' },
    { hinders: () => (bench.world.seen = present({ size: 2 })), reason: 'no rule knows' },
  ])('that $reason asks when it can be planned', async ({ hinders, reason }) => {
    let isKnown = reason !== 'no rule knows';
    bench = createBench({ override: { rules: { delete: () => (isKnown ? [look] : undefined) } } });
    bench.world.seen = present({ size: 1 });
    await settle(boxes(6));
    await deleteRaw(boxes(6));
    hinders();
    expect((await bench.plan()).type).toBe('blocked');
    for (const key of boxes(6).slice(1)) await bench.state.changeActual(key, () => undefined);
    bench.world.seen = present({ size: 1 });
    isKnown = true;
    expect(await bench.sealed()).toMatchObject({ needsApproval: true });
  });

  test('is counted where what was meant was another of that name', async () => {
    const revisions = await settle(boxes(6));
    await bench.state.removals.noteMeant(boxes(6)[1]!, [String(revisions[1]! - 1)]);
    await deleteRaw(boxes(6));
    expect(await bench.sealed()).toMatchObject({ needsApproval: true });
  });
});
