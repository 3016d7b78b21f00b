import { describe, expect, test } from 'vitest';
import { openRequest } from '../../../src/activities/approvals.ts';
import { present } from '../../../src/domain/outcome.ts';
import type { SealedStep } from '../../../src/domain/plan.ts';
import { sealOf, stepDigestOf } from '../../../src/domain/sealed-plan.ts';
import { toolDigestOf } from '../../../src/tools/tool-schema.ts';
import { box, createBench } from './activity-bench.ts';

async function deletePlan() {
  const bench = createBench();
  await bench.converged(1);
  await bench.removeBox();
  return { bench, sealed: await bench.sealed() };
}
async function createPlan() {
  const bench = createBench();
  await bench.putBox({ size: 1 });
  return { bench, sealed: await bench.sealed() };
}

describe('an effect is refused, and does not happen', () => {
  test.each([
    { field: 'parameters', value: { size: 99, replace: false } },
    { field: 'toolName', value: 'drop_box' },
    { field: 'riskLevel', value: 'safe' },
    { field: 'id', value: 's2' },
    { field: 'queue', value: 'homeostat' },
    { field: 'timeoutMs', value: 1 },
    { field: 'maximumAttempts', value: 99 },
    { field: 'summary', value: 'harmless' },
  ])('when $field is another than was sealed → GRANT_REFUSED', async ({ field, value }) => {
    const { bench, sealed } = await createPlan();
    const step = { ...sealed.plan.steps[0]!, [field]: value };
    await expect(bench.execute(sealed, { step })).rejects.toMatchObject({ code: 'GRANT_REFUSED' });
    expect(bench.world.effects).toEqual([]);
    expect(await bench.ledgerStates()).toEqual([]);
  });

  test.each(['tenant', 'resourceId', 'workflowId', 'desiredDigest', 'deltaDigest', 'expiresAt', 'pass'] as const)(
    'when the sealed %s is another → GRANT_REFUSED',
    async (field) => {
      const { bench, sealed } = await createPlan();
      const content = { ...sealed.content, [field]: 7 as never };
      await expect(bench.execute(sealed, { content })).rejects.toMatchObject({ code: 'GRANT_REFUSED' });
      expect(bench.world.effects).toEqual([]);
    },
  );

  test('when nobody was asked → GRANT_REFUSED', async () => {
    const { bench, sealed } = await deletePlan();
    await expect(bench.execute(sealed)).rejects.toMatchObject({ code: 'GRANT_REFUSED' });
    expect(bench.world.effects).toEqual([]);
  });

  test('when the run forgot that it needs a word → GRANT_REFUSED all the same', async () => {
    const { bench, sealed } = await deletePlan();
    await expect(bench.execute(sealed, { needsApproval: false })).rejects.toMatchObject({ code: 'GRANT_REFUSED' });
    expect(bench.world.effects).toEqual([]);
  });

  test('when it was asked for and nobody answered → GRANT_REFUSED', async () => {
    const { bench, sealed } = await deletePlan();
    await openRequest(bench.dependencies, bench.scope, { ...bench.reference, sealed });
    await expect(bench.execute(sealed)).rejects.toMatchObject({ code: 'GRANT_REFUSED' });
  });

  test('when a person said no → GRANT_REFUSED', async () => {
    const { bench, sealed } = await deletePlan();
    await bench.decide(sealed, 'rejected');
    await expect(bench.execute(sealed)).rejects.toMatchObject({ code: 'GRANT_REFUSED' });
    expect(bench.world.effects).toEqual([]);
  });

  test('when desired changed after the yes → PLAN_STALE', async () => {
    const { bench, sealed } = await deletePlan();
    await bench.decide(sealed, 'approved');
    await bench.putBox({ size: 1 });
    await expect(bench.execute(sealed)).rejects.toMatchObject({ code: 'PLAN_STALE' });
    expect(bench.world.effects).toEqual([]);
  });

  test.each([
    { change: () => ({ size: 2 }), metadata: {}, reason: 'its spec' },
    { change: () => ({ size: 1 }), metadata: { labels: { a: 'b' } }, reason: 'its labels' },
    { change: () => ({ size: 'x' }), metadata: {}, reason: 'to nonsense' },
  ])('when desired changed $reason → PLAN_STALE', async ({ change, metadata }) => {
    const { bench, sealed } = await createPlan();
    await bench.putBox(change(), metadata);
    await expect(bench.execute(sealed)).rejects.toMatchObject({ code: 'PLAN_STALE' });
    expect(bench.world.effects).toEqual([]);
  });

  test('when the tool is another than was sealed → PLAN_STALE', async () => {
    const { sealed } = await createPlan();
    const newer = createBench({ override: { conditional: true } });
    await newer.putBox({ size: 1 });
    await expect(newer.execute(sealed)).rejects.toMatchObject({ code: 'PLAN_STALE' });
    expect(newer.world.effects).toEqual([]);
  });

  test('when a reference has nothing behind it → PLAN_INVALID', async () => {
    const { bench, sealed } = await forged({ parameters: { size: { $ref: 'steps.s1.result.size' } } });
    await expect(bench.execute(sealed, { results: { s1: {} } })).rejects.toMatchObject({ code: 'PLAN_INVALID' });
    expect(bench.world.effects).toEqual([]);
  });

  test('when a result it refers to does not fit → refused with the path', async () => {
    const { bench, sealed } = await forged({ parameters: { size: { $ref: 'steps.s1.result.size' } } });
    await expect(bench.execute(sealed, { results: { s1: { size: 'big' } } })).rejects.toMatchObject({
      errors: [expect.objectContaining({ code: 'INVALID_NUMBER', path: 'steps.s1.parameters.size' })],
    });
    expect(bench.world.effects).toEqual([]);
  });
});

describe('a seal that somebody made up, true to itself', () => {
  test('and lets a dangerous tool pass without a gate → GRANT_REFUSED', async () => {
    const { bench, sealed } = await forged({ toolName: 'drop_box', parameters: {}, riskLevel: 'safe' });
    await expect(bench.execute(sealed)).rejects.toMatchObject({ code: 'GRANT_REFUSED' });
  });

  test('and lets parameters pass that demand a gate → GRANT_REFUSED', async () => {
    const { bench, sealed } = await forged({ parameters: { size: 500, replace: true } });
    await expect(bench.execute(sealed)).rejects.toMatchObject({ code: 'GRANT_REFUSED' });
  });

  test('of another tenant or another run → GRANT_REFUSED', async () => {
    const { bench, sealed } = await createPlan();
    const content = { ...sealed.content, tenant: 't2', workflowId: 'reconcile.t2.Box.a' };
    await expect(bench.execute({ ...sealed, content, seal: sealOf(content) })).rejects.toMatchObject({
      code: 'GRANT_REFUSED',
    });
  });

  test('of a resource that was deleted and made anew → PLAN_STALE', async () => {
    const { bench, sealed } = await createPlan();
    await bench.removeBox();
    await bench.putBox({ size: 1 });
    await expect(bench.execute(sealed)).rejects.toMatchObject({ code: 'PLAN_STALE' });
  });
});

test('what was sealed and approved happens', async () => {
  const { bench, sealed } = await deletePlan();
  await bench.decide(sealed, 'approved');
  expect(await bench.execute(sealed)).toEqual({ result: {}, outcome: 'done' });
  expect(bench.world.effects).toEqual(['drop_box']);
  const types = (await bench.state.audit.list(box)).map(({ type }) => type);
  expect(types.slice(-3)).toEqual(['approval-requested', 'approval-decided', 'step-end']);
  expect(await bench.state.audit.verify(box)).toBeUndefined();
});

/** A plan whose only step is changed and sealed anew, as nobody but a forger would. */
async function forged(change: Partial<SealedStep>) {
  const { bench, sealed } = await createPlan();
  const changed = { ...sealed.plan.steps[0]!, ...change };
  const step = { ...changed, toolDigest: toolDigestOf(bench.dependencies.registry.toolOf('Box', changed.toolName)) };
  const content = { ...sealed.content, stepDigests: [stepDigestOf(step)] };
  bench.world.seen = present({ size: 1 });
  return { bench, sealed: { ...sealed, content, seal: sealOf(content), plan: { ...sealed.plan, steps: [step] } } };
}
