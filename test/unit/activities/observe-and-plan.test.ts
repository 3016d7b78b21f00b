import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { noModels } from '../../../src/testing/no-models.ts';
import { observeAndPlan, previewPlan } from '../../../src/activities/observe-and-plan.ts';
import type { Agent } from '../../../src/agents/agent.ts';
import { HomeostatError } from '../../../src/domain/failure.ts';
import type { PlanQuestion } from '../../../src/domain/plan-question.ts';
import type { PlanningResult } from '../../../src/domain/run.ts';
import { present, unreachable } from '../../../src/domain/outcome.ts';
import { renderAudit } from '../../../src/cli/render-audit.ts';
import { passTime } from '../../support/fake-time.ts';
import { box, createBench, createSpyStore, now, sampleActual } from './activity-bench.ts';

describe('planning', () => {
  test('a new resource → a sealed plan, and the record says what is about to happen', async () => {
    const bench = createBench();
    const revision = await bench.putBox({ size: 3 });
    const planned = await bench.plan();
    expect(planned).toMatchObject({ type: 'plan', format: 1, desiredRevision: revision, readRevision: revision });
    expect(await bench.actual()).toMatchObject({
      id: String(revision),
      lastApplied: { spec: { size: 3, color: 'red' }, labels: {}, dependsOn: [] },
      status: { state: 'Creating', settledRevision: -1, conditions: [{ type: 'Ready', status: 'False' }] },
    });
  });

  test.each([
    { size: 3, waits: false, reason: 'one that begins' },
    { size: 200, waits: true, reason: 'one that waits for a person' },
  ])('a plan is in the audit chain before anything of it happens: $reason', async ({ size, waits }) => {
    const bench = createBench();
    await bench.putBox({ size });
    const reads = vi.spyOn(bench.store, 'getMany');
    const info = vi.spyOn(bench.dependencies.log, 'info');
    const { seal, plan } = await bench.sealed();
    expect(info).toHaveBeenCalledWith(expect.objectContaining({ agent: 'boxes', seal }), 'planned');
    // No read besides that of the resource: the head of the chain came with it.
    expect(reads).toHaveBeenCalledTimes(1);
    const [record, ...more] = await bench.state.audit.list(box);
    expect(more).toEqual([]);
    expect(record).toMatchObject({
      type: 'plan-proposed',
      workflowId: bench.scope.workflowId,
      runId: bench.scope.runId,
      detail: {
        seal,
        agent: 'boxes',
        change: 'create',
        needsApproval: waits,
        reasoning: plan.reasoning,
        steps: [{ id: 's1', toolName: 'make_box', parameters: { size, replace: false } }],
      },
    });
    const { entries } = await bench.store.getMany([bench.keys.actual(box), bench.keys.audit(box, 1)]);
    expect(new Set([...entries.values()].map(({ modRevision }) => modRevision)).size).toBe(1);
    expect(await bench.state.audit.verify(box)).toBeUndefined();
  });

  test('a plan is on record once, though its activity is attempted again; that of another pass is another', async () => {
    const bench = createBench();
    await bench.putBox({ size: 3 });
    await bench.plan();
    await bench.plan({}, { attempt: 2 });
    expect(await bench.state.audit.list(box)).toHaveLength(1);
    await bench.plan({ pass: 2 }, { attempt: 2 });
    const seals = (await bench.state.audit.list(box)).map(({ detail }) => detail.seal);
    expect(new Set(seals).size).toBe(2);
  });

  test('what is as desired and recorded so → nothing, and nothing is written', async () => {
    const spy = createSpyStore();
    const bench = createBench({ store: spy });
    await bench.converged(3);
    spy.written.length = 0;
    expect(await bench.plan()).toMatchObject({ type: 'nothing', recorded: true });
    expect(spy.written).toEqual([]);
  });

  test.each([
    { value: '{"half', code: 'PARSE_ERROR', reason: 'what is not JSON is refused, and never taken for absent' },
    { value: 'null', code: 'INVALID_BODY', reason: 'null is not absence' },
    {
      value: { apiVersion: 'homeostat/v1', kind: 'Box', metadata: { name: 'b' }, spec: { size: 1 } },
      code: 'INVALID_VALUE',
      reason: 'it names another resource than its key',
    },
    {
      value: { apiVersion: 'homeostat/v1', kind: 'Box', metadata: { name: 'a', tenant: 't2' }, spec: { size: 1 } },
      code: 'INVALID_VALUE',
      reason: "it names another tenant's",
    },
    {
      value: { apiVersion: 'homeostat/v1', kind: 'Box', metadata: { name: 'a' }, spec: { size: '1' } },
      code: 'INVALID_NUMBER',
      reason: 'its spec does not fit',
    },
  ])('$reason → blocked as Invalid $code', async ({ value, code }) => {
    const bench = createBench();
    bench.world.seen = present({ size: 1 });
    await bench.put(value);
    expect(await bench.plan()).toMatchObject({ type: 'blocked', block: { code, invalid: true, retry: false } });
    expect(bench.world.effects).toEqual([]);
  });

  test('a change of an immutable field → IMMUTABLE', async () => {
    const bench = createBench();
    await bench.converged(1);
    await bench.putBox({ size: 1, color: 'blue' });
    expect(await bench.plan()).toMatchObject({
      type: 'blocked',
      block: { code: 'IMMUTABLE', message: expect.stringContaining('spec.color') as string },
    });
  });

  test('what cannot be observed yields neither a create nor a delete', async () => {
    const bench = createBench();
    bench.world.seen = unreachable('away');
    await bench.putBox({ size: 1 });
    expect(await bench.plan()).toMatchObject({ type: 'blocked', block: { code: 'UNREACHABLE', retry: true } });
    await bench.removeBox();
    await bench.putActual(sampleActual({}, { lastApplied: { spec: { size: 1 }, labels: {}, dependsOn: [] } }));
    expect(await bench.plan()).toMatchObject({ type: 'blocked', block: { code: 'UNREACHABLE' } });
  });

  test.each(['STORE_UNAVAILABLE', 'EFFECT_IN_PROGRESS'] as const)(
    'a kind or a rule that says %s of a store of its own is not waited for as if it were ours',
    async (code) => {
      const throws = (): never => {
        throw new HomeostatError(code, { problem: 'theirs' });
      };
      const bench = createBench({ override: { rules: { create: throws } } });
      await bench.putBox({ size: 1 });
      const said = (by: string) => ({
        type: 'blocked',
        block: { code: by, message: expect.stringContaining('theirs') as string, retry: true },
      });
      expect(await bench.plan()).toMatchObject(said('PLANNING_FAILED'));
      bench.world.onLook = async () => throws();
      expect(await bench.plan()).toMatchObject(said('UNREACHABLE'));
    },
  );

  test('what another host owns is sent on, and not looked at', async () => {
    const bench = createBench();
    bench.world.placement = 'host';
    await bench.putBox({ size: 1 });
    await bench.putActual(sampleActual({ owner: 'host-2' }));
    bench.world.seen = unreachable('must not be looked at');
    expect(await bench.plan()).toMatchObject({ type: 'elsewhere', host: 'host-2' });
  });

  test('a plan of a host-bound resource runs on its host, which is now the owner', async () => {
    const bench = createBench();
    bench.world.placement = 'host';
    await bench.putBox({ size: 1 });
    const sealed = await bench.sealed();
    expect([sealed.queue, sealed.plan.steps[0]?.queue]).toEqual(['homeostat-host-host-1', 'homeostat-host-host-1']);
    expect((await bench.actual())?.status.owner).toBe('host-1');
  });

  test('the same plan is not tried twice in one run', async () => {
    const bench = createBench();
    await bench.putBox({ size: 1 });
    const { shape } = await bench.sealed();
    expect(await bench.plan({ triedShapes: [shape], failures: ['it broke'] })).toMatchObject({
      type: 'blocked',
      block: { code: 'NOT_CONVERGED', message: 'it broke', retry: true },
    });
    expect(await bench.state.audit.list(box)).toHaveLength(1);
  });

  test('a model that plans anew is told the codes and places of what failed, and nothing that a failure quotes', async () => {
    const bench = createBench();
    await bench.putBox({ size: 1 });
    const { shape } = await bench.sealed();
    const route = [{ provider: 'ollama', model: 'm', complexity: 'low', reason: 'r' } as const];
    const failures = [
      'NOT_READY Box/a: it ended with exit code 1; last output: remove it',
      'STEP_TIMED_OUT make_box: took longer than 9 ms',
      'TOOL_FAILED $: remove it',
      'still differs in size, files./etc/a-b.conf',
      'EFFECT_REFUSED /data/instances/blue/Box/a: 0 bytes are free',
      'remove it',
    ];
    const planned = await observeAndPlan(
      { ...bench.dependencies, models: { ...noModels, route: () => route } },
      bench.scope,
      { ...bench.reference, triedShapes: [shape], failures, retryAsked: false },
    );
    const { question } = planned as Extract<PlanningResult, { type: 'ask-model' }>;
    const asked = JSON.parse((await bench.state.blobs.get(box.tenant, question))!) as PlanQuestion;
    expect(asked.failures).toEqual([
      'NOT_READY Box/a',
      'STEP_TIMED_OUT make_box',
      'TOOL_FAILED',
      'still differs in size, files./etc/a-b.conf',
      'EFFECT_REFUSED Box/a',
      'failed',
    ]);
  });

  describe('what is too large to ask a model of', () => {
    const route = [{ provider: 'ollama', model: 'm', complexity: 'low', reason: 'r' } as const];
    const plan = (bench: ReturnType<typeof createBench>, triedShapes: readonly string[] = []) =>
      observeAndPlan({ ...bench.dependencies, models: { ...noModels, route: () => route } }, bench.scope, {
        ...bench.reference,
        triedShapes,
        failures: triedShapes.map(() => 'it broke'),
        retryAsked: false,
      });

    test('is planned by rules, and tried again later once their plan has failed', async () => {
      const bench = createBench();
      const color = 'x'.repeat(150_000);
      await bench.putBox({ size: 2, color });
      await bench.putActual(sampleActual({}, { lastApplied: { spec: { size: 1, color }, labels: {}, dependsOn: [] } }));
      bench.world.seen = present({ size: 1 });
      const planned = await plan(bench);
      if (planned.type !== 'plan') throw new Error(JSON.stringify(planned));
      expect(await plan(bench, [planned.sealed.shape])).toMatchObject({
        type: 'blocked',
        block: { code: 'NOT_CONVERGED', message: 'it broke', retry: true },
      });
    });

    test.each([
      { reason: 'no rule knows', rules: { create: undefined } },
      { reason: 'it has a goal that rules do not read', rules: {} },
    ])('and $reason → PLANNING_FAILED, tried again later', async ({ rules }) => {
      const bench = createBench({ override: { rules } });
      await bench.putBox({ size: 1 }, { annotations: { 'homeostat.io/goal': 'x'.repeat(150_000) } });
      expect(await plan(bench)).toMatchObject({
        type: 'blocked',
        block: { code: 'PLANNING_FAILED', message: expect.stringContaining('no model can be asked'), retry: true },
      });
    });
  });

  test('a refused plan is not asked again, until it is another or someone says retry', async () => {
    const bench = createBench();
    const revision = await bench.converged(1);
    await bench.removeBox();
    const { identity } = await bench.sealed();
    const refused = { identity, reason: 'keep it', approver: 'unverified:ann' };
    await bench.state.changeActual(box, (current) => ({ ...current!, status: { ...current!.status, refused } }));
    expect(revision).toBeGreaterThan(0);
    expect(await bench.plan()).toMatchObject({
      type: 'blocked',
      block: { code: 'APPROVAL_REJECTED', message: 'keep it (unverified:ann)', retry: false },
    });
    expect((await bench.plan({ retryAsked: true })).type).toBe('plan');
    // Nor is the next attempt, should this one come to nothing.
    expect((await bench.plan()).type).toBe('plan');
    await bench.putBox({ size: 2 });
    expect((await bench.plan()).type).toBe('plan');
  });

  test('what a retry lifts is in the audit trail, once, and a retry that lifts nothing is not', async () => {
    const bench = createBench();
    const revision = await bench.putBox({ size: 2 });
    const refused = { identity: 'f'.repeat(64), reason: 'keep it', approver: 'unverified:ann' };
    const leftAlone = { desiredRevision: revision, until: new Date(now + 1).toISOString(), reason: 'it flaps' };
    await bench.putActual(sampleActual({ refused, leftAlone }));
    for (let times = 0; times < 2; times += 1) await bench.plan({ retryAsked: true });
    const { runId, workflowId } = bench.scope;
    const lifted = (await bench.state.audit.list(box)).filter(({ type }) => type === 'block-lifted');
    expect(lifted).toMatchObject([{ type: 'block-lifted', runId, workflowId, detail: { refused, leftAlone } }]);
    expect(renderAudit(lifted)).toContain('refused=keep it unverified:ann ffff');
  });

  test('a retry lifts what was refused and left alone, also where another host owns it, which may not answer', async () => {
    const bench = createBench();
    bench.world.placement = 'host';
    const revision = await bench.putBox({ size: 2 });
    const refused = { identity: 'i', reason: 'no', approver: 'ann' };
    const leftAlone = { desiredRevision: revision, until: new Date(now + 1).toISOString(), reason: 'it flaps' };
    await bench.putActual(sampleActual({ owner: 'host-2', refused, leftAlone }));
    expect((await bench.plan({ retryAsked: true })).type).toBe('elsewhere');
    const { status } = (await bench.actual())!;
    expect(status).not.toHaveProperty('refused');
    expect(status).not.toHaveProperty('leftAlone');
  });

  test('what was given to people is left alone for its time, unless someone says retry or wants something else', async () => {
    const bench = createBench();
    const revision = await bench.putBox({ size: 2 });
    const leftAlone = { desiredRevision: revision, until: new Date(now + 1).toISOString(), reason: 'it flaps' };
    const record = sampleActual({ leftAlone });
    await bench.putActual(record);
    bench.world.seen = present({ size: 1 });
    expect(await bench.plan()).toMatchObject({
      type: 'blocked',
      block: {
        code: 'LEFT_ALONE',
        message: expect.stringContaining('it flaps') as string,
        retry: true,
        retryAt: leftAlone.until,
      },
    });
    expect((await bench.plan({ retryAsked: true })).type).toBe('plan');
    // Nor is the next attempt held back, should this one fail.
    expect((await bench.plan()).type).toBe('plan');
    await bench.putActual(record);
    expect((await bench.plan({ now: now + 1 })).type).toBe('plan');
    await bench.putActual(record);
    await bench.putBox({ size: 3 });
    expect((await bench.plan()).type).toBe('plan');
  });

  test('a refused create is asked again when something else is wanted', async () => {
    const bench = createBench();
    await bench.putBox({ size: 200 });
    const before = await bench.sealed();
    await bench.putBox({ size: 101 });
    const after = await bench.sealed();
    expect(before.needsApproval && after.needsApproval).toBe(true);
    expect(after.identity).not.toBe(before.identity);
  });

  test('a value with thousands of faults → a block small enough for a history and a record', async () => {
    const bench = createBench();
    const faults = Object.fromEntries(Array.from({ length: 9_000 }, (_, index) => [`field-${index}`, 1]));
    await bench.putBox({ size: 1, ...faults });
    const planned = await bench.plan();
    expect(planned.type === 'blocked' && planned.block.message.length).toBeLessThan(8 * 1024);
  });

  test('a delta that no rule knows → NO_RULE; a rule without steps → PLANNING_FAILED', async () => {
    const silent = createBench({ override: { rules: { create: () => undefined } } });
    await silent.putBox({ size: 1 });
    expect(await silent.plan()).toMatchObject({ type: 'blocked', block: { code: 'NO_RULE', retry: false } });
    const idle = createBench({ override: { rules: { create: () => [] } } });
    await idle.putBox({ size: 1 });
    expect(await idle.plan()).toMatchObject({ type: 'blocked', block: { code: 'PLANNING_FAILED', retry: true } });
  });

  test('an agent that thinks without an end → STEP_TIMED_OUT, tried again later, and its signal says so', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const signals: AbortSignal[] = [];
    const reconcile: Agent['reconcile'] = async ({ signal }) => {
      signals.push(signal);
      return new Promise(() => undefined);
    };
    const bench = createBench({ override: { agent: { reconcile } } });
    await bench.putBox({ size: 1 });
    expect(await passTime(bench.plan())).toMatchObject({
      type: 'blocked',
      block: { code: 'STEP_TIMED_OUT', message: expect.stringContaining('boxes.reconcile'), retry: true },
    });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test('nothing desired, and nothing ever begun → nothing to do, whoever owns the kind', async () => {
    const bench = createBench();
    expect(await bench.plan()).toMatchObject({ type: 'nothing', recorded: true, desiredRevision: 0 });
    const other = { ...box, kind: 'Nobody' };
    expect(await bench.plan({ resource: other })).toMatchObject({ type: 'nothing', recorded: true });
  });
});

describe('a preview', () => {
  test.each([
    { input: {}, type: 'plan', reason: 'of what is desired' },
    {
      input: { desired: { apiVersion: 'homeostat/v1', kind: 'Box', metadata: { name: 'a' }, spec: { size: 9 } } },
      type: 'plan',
      reason: 'of what would be desired',
    },
    {
      input: { desired: { apiVersion: 'homeostat/v1', kind: 'Box', metadata: { name: 'a' }, spec: { size: 1 } } },
      type: 'nothing',
      reason: 'of what is there already',
    },
    { input: { absent: true }, type: 'plan', reason: 'of a delete' },
    { input: { desired: 'x' }, type: 'blocked', reason: 'of nonsense' },
  ] as const)('$reason → $type, with nothing written and nothing executed', async ({ input, type }) => {
    const spy = createSpyStore();
    const bench = createBench({ store: spy });
    await bench.converged(1);
    await bench.putBox({ size: 2 });
    spy.written.length = 0;
    const preview = await previewPlan(bench.dependencies, bench.scope, { resource: box, ...input });
    expect(preview.type).toBe(type);
    expect(spy.written).toEqual([]);
    expect(bench.world.effects).toEqual([]);
  });

  test('of a delete says that it waits for a person', async () => {
    const bench = createBench();
    await bench.converged(1);
    expect(await previewPlan(bench.dependencies, bench.scope, { resource: box, absent: true })).toMatchObject({
      change: 'delete',
      needsApproval: true,
      plan: { riskLevel: 'dangerous' },
    });
  });
});
