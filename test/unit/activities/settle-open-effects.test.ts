import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { markUnknown, resolveEffect } from '../../../src/activities/approvals.ts';
import { confirmPlan, digestDelta } from '../../../src/activities/confirm-plan.ts';
import { HomeostatError } from '../../../src/domain/failure.ts';
import { cannotHappen, happened, inProgress, present, unknown, unreachable } from '../../../src/domain/outcome.ts';
import { passTime } from '../../support/fake-time.ts';
import { box, createBench, sampleActual, type BenchOverrides } from './activity-bench.ts';

/** An intent whose worker died. */
async function leftOpen(override: BenchOverrides = {}) {
  const bench = createBench({ override });
  const revision = await bench.putBox({ size: 1 });
  const sealed = await bench.sealed();
  await bench.state.ledger.openIntent(
    {
      state: 'intent',
      resource: box,
      seal: sealed.seal,
      step: 's1',
      toolName: 'make_box',
      parameters: { size: 1, replace: false },
      idempotencyKey: `${sealed.seal}-s1-0`,
      generation: 0,
      attempt: 1,
      worker: 'host-0',
      startedAt: '2026-11-21T00:00:00.000Z',
    },
    { desiredRevision: revision, scopes: [] },
  );
  return { bench, sealed };
}

describe('no plan is made over an open effect', () => {
  test.each([
    { probe: happened({ id: 'x' }), type: 'plan', state: 'done', reason: 'it happened' },
    { probe: cannotHappen(), type: 'plan', state: 'failed', reason: 'it did not, and no longer can' },
    { probe: unknown(), type: 'outcome-unknown', state: 'intent', reason: 'nobody can say' },
  ])('$reason → $type', async ({ probe, type, state }) => {
    const { bench, sealed } = await leftOpen();
    const attempts: number[] = [];
    bench.world.onProbe = (_, attempt) => {
      attempts.push(attempt);
      return probe;
    };
    const planned = await bench.plan();
    expect(planned.type).toBe(type);
    if (planned.type === 'outcome-unknown') {
      expect(planned.open).toEqual([{ seal: sealed.seal, step: 's1', toolName: 'make_box' }]);
    }
    expect(attempts).toEqual([Number.MAX_SAFE_INTEGER]);
    expect(await bench.ledgerStates()).toEqual([state]);
  });

  test('what a probe returns stands on record without what has the form of a secret', async () => {
    const { bench } = await leftOpen();
    bench.world.onProbe = () => happened({ id: `ghp_${'a'.repeat(36)}` });
    await bench.plan();
    const [settled] = await bench.state.ledger.list(box);
    expect(settled?.entry.result).toEqual({ id: '[secret]' });
  });

  test('nobody can say, and a retry is asked for → what was refused before is lifted all the same', async () => {
    const { bench } = await leftOpen();
    await bench.putActual(sampleActual({ refused: { identity: 'i', reason: 'no', approver: 'ann' } }));
    expect((await bench.plan({ retryAsked: true })).type).toBe('outcome-unknown');
    expect((await bench.actual())?.status).not.toHaveProperty('refused');
  });

  test('it is still under way → EFFECT_IN_PROGRESS, to be tried again', async () => {
    const { bench } = await leftOpen();
    bench.world.onProbe = () => inProgress();
    await expect(bench.plan()).rejects.toMatchObject({ code: 'EFFECT_IN_PROGRESS', retryable: true });
  });

  test('the tool says that a store of its own is away → a failure of the tool, which is counted', async () => {
    const { bench } = await leftOpen();
    bench.world.onProbe = () => {
      throw new HomeostatError('STORE_UNAVAILABLE', { problem: 'theirs' });
    };
    await expect(bench.plan()).rejects.toMatchObject({ code: 'TOOL_FAILED' });
  });

  test('the tool does not answer → STEP_TIMED_OUT, which is counted, and the effect stays open', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { bench } = await leftOpen();
    bench.world.onProbe = () => new Promise(() => undefined);
    const planned = bench.plan().catch((error: unknown) => error);
    expect(await passTime(planned)).toMatchObject({ code: 'STEP_TIMED_OUT', path: 'make_box.probe' });
    expect(await bench.ledgerStates()).toEqual(['intent']);
  });

  test('nobody can be asked, but twice is the same as once → a plan', async () => {
    const { bench } = await leftOpen({ withProbe: false, conditional: true });
    expect((await bench.plan()).type).toBe('plan');
    expect(await bench.ledgerStates()).toEqual(['failed']);
  });

  test('nobody can say, but twice is the same as once → a plan', async () => {
    const { bench } = await leftOpen({ conditional: true });
    bench.world.onProbe = () => unknown();
    expect((await bench.plan()).type).toBe('plan');
  });

  test('the tool is no more → a person is asked, not an error for ever', async () => {
    const { bench, sealed } = await leftOpen();
    await bench.state.ledger.openIntent(
      { ...(await bench.state.ledger.list(box))[0]!.entry, toolName: 'former_tool', step: 's2' },
      { desiredRevision: sealed.desiredRevision, scopes: [] },
    );
    bench.world.onProbe = () => cannotHappen();
    expect((await bench.plan()).type).toBe('outcome-unknown');
  });
});

describe('an effect nobody can prove', () => {
  async function marked() {
    const { bench, sealed } = await leftOpen();
    const open = [{ seal: sealed.seal, step: 's1', toolName: 'make_box' }];
    const asked = await markUnknown(bench.dependencies, bench.scope, { ...bench.reference, open });
    expect(asked).toEqual({ open });
    return { bench, sealed };
  }

  test('is said on the resource and in the audit, and is not probed again', async () => {
    const { bench } = await marked();
    expect((await bench.actual())?.status).toMatchObject({
      state: 'Error',
      conditions: [
        { type: 'Ready', status: 'False' },
        { type: 'Blocked', reason: 'OUTCOME_UNKNOWN', message: expect.stringContaining('make_box (s1)') as string },
      ],
    });
    bench.world.onProbe = () => {
      throw new Error('must not be asked');
    };
    expect((await bench.plan()).type).toBe('outcome-unknown');
    expect((await bench.state.audit.list(box)).at(-1)?.type).toBe('outcome-unknown');
  });

  test.each(['adopt', 'redo', 'give_up'] as const)('is closed by %s, with who said so', async (choice) => {
    const { bench, sealed } = await marked();
    const said = { ...bench.reference, seal: sealed.seal, step: 's1', choice, approver: 'ann' };
    await resolveEffect(bench.dependencies, bench.scope, said);
    await resolveEffect(bench.dependencies, bench.scope, said);
    expect((await bench.state.ledger.list(box))[0]?.entry).toMatchObject({
      state: 'resolved',
      resolution: { choice, approver: 'unverified:ann' },
    });
    expect((await bench.actual())?.status).toMatchObject(
      choice === 'give_up' ? { state: 'Error' } : { state: 'Creating', conditions: [{ reason: 'Creating' }] },
    );
    expect((await bench.plan()).type).toBe('plan');
    expect((await bench.state.audit.list(box)).filter(({ type }) => type === 'outcome-resolved')).toHaveLength(1);
  });

  test('is not said of a resource again by a question that comes after the answer', async () => {
    const { bench, sealed } = await marked();
    const said = { ...bench.reference, seal: sealed.seal, step: 's1', choice: 'adopt', approver: 'ann' } as const;
    await resolveEffect(bench.dependencies, bench.scope, said);
    const open = [{ seal: sealed.seal, step: 's1', toolName: 'make_box' }];
    const asked = await markUnknown(bench.dependencies, bench.scope, { ...bench.reference, open });
    expect(asked).toEqual({ open: [] });
    expect((await bench.actual())?.status.state).toBe('Creating');
  });

  test('is said to be under way by its answer, and by one that comes late no more', async () => {
    const { bench, sealed } = await marked();
    const said = { ...bench.reference, seal: sealed.seal, step: 's1', choice: 'adopt', approver: 'ann' } as const;
    await resolveEffect(bench.dependencies, bench.scope, said);
    await bench.putActual(sampleActual({ state: 'Running' }));
    await resolveEffect(bench.dependencies, bench.scope, said);
    expect((await bench.actual())?.status.state).toBe('Running');
  });

  test('is asked about until each of several has its answer', async () => {
    const { bench, sealed } = await leftOpen();
    const open = ['s1', 's2'].map((step) => ({ seal: sealed.seal, step, toolName: 'make_box' }));
    await bench.state.ledger.openIntent(
      { ...(await bench.state.ledger.list(box))[0]!.entry, step: 's2' },
      { desiredRevision: sealed.desiredRevision, scopes: [] },
    );
    await markUnknown(bench.dependencies, bench.scope, { ...bench.reference, open });
    const states: unknown[] = [];
    for (const { seal, step } of open) {
      const said = { ...bench.reference, seal, step, choice: 'adopt', approver: 'ann' } as const;
      await resolveEffect(bench.dependencies, bench.scope, said);
      states.push((await bench.actual())?.status.state);
    }
    expect(states).toEqual(['Error', 'Creating']);
  });
});

describe('in the middle of a plan', () => {
  const digest = (bench: ReturnType<typeof createBench>) =>
    digestDelta(bench.dependencies, bench.scope, bench.reference);

  test('what differs is noted as the seal notes it, and is another when the world has moved', async () => {
    const bench = createBench();
    await bench.putBox({ size: 1 });
    const { content } = await bench.sealed();
    expect(await digest(bench)).toBe(content.deltaDigest);
    bench.world.seen = present({ size: 7 });
    expect(await digest(bench)).not.toBe(content.deltaDigest);
  });

  test.each([
    {
      reason: 'nobody can look',
      change: ({ world }: ReturnType<typeof createBench>) => void (world.seen = unreachable('away')),
    },
    { reason: 'desired is nonsense', change: (bench: ReturnType<typeof createBench>) => bench.put('{') },
  ])('$reason → nothing is noted', async ({ change }) => {
    const bench = createBench();
    await bench.putBox({ size: 1 });
    await change(bench);
    expect(await digest(bench)).toBeNull();
  });
});

describe('after the wait', () => {
  const confirm = async (
    bench: ReturnType<typeof createBench>,
    content: { deltaDigest: string; desiredDigest: string },
  ) => confirmPlan(bench.dependencies, bench.scope, { ...bench.reference, ...content });

  test.each([
    { change: async () => undefined, expected: true, reason: 'nothing has changed' },
    {
      change: async ({ world }: ReturnType<typeof createBench>) => void (world.seen = present({ size: 7 })),
      expected: false,
      reason: 'the world is another',
    },
    {
      change: async (bench: ReturnType<typeof createBench>) =>
        void (await bench.putBox({ size: 1 }, { labels: { a: 'b' } })),
      expected: false,
      reason: 'desired has other labels',
    },
    {
      change: async (bench: ReturnType<typeof createBench>) => void (await bench.put('{')),
      expected: false,
      reason: 'desired is nonsense',
    },
  ])('$reason → confirmed: $expected', async ({ change, expected }) => {
    const bench = createBench();
    await bench.putBox({ size: 1 });
    const { content } = await bench.sealed();
    await change(bench);
    expect(await confirm(bench, content)).toBe(expected);
  });

  test('what it needs has gone meanwhile → not confirmed', async () => {
    const bench = createBench();
    const base = { ...box, name: 'base' };
    await bench.putBox({ size: 1 }, {}, base);
    await bench.putActual(sampleActual(), base);
    await bench.putBox({ size: 1 }, { dependsOn: ['Box/base'] });
    const { content } = await bench.sealed();
    expect(await confirm(bench, content)).toBe(true);
    await bench.state.resources.deleteDesired(base);
    expect(await confirm(bench, content)).toBe(false);
  });

  test('of what is to go, something came to need it → not confirmed', async () => {
    const bench = createBench();
    await bench.converged(1);
    await bench.removeBox();
    const { content } = await bench.sealed();
    const lastApplied = { spec: { size: 1 }, labels: {}, dependsOn: ['Box/a'] };
    await bench.putActual(sampleActual({}, { lastApplied }), { ...box, name: 'user' });
    expect(await confirm(bench, content)).toBe(false);
  });

  test('it cannot be observed → not confirmed: unreachable never yields a create', async () => {
    const bench = createBench();
    await bench.putBox({ size: 1 });
    const { content } = await bench.sealed();
    bench.world.seen = unreachable('away');
    expect(await confirm(bench, content)).toBe(false);
  });
});
