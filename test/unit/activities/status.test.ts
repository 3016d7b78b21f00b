import { describe, expect, test } from 'vitest';
import { closeRequest, openRequest } from '../../../src/activities/approvals.ts';
import {
  newStatus,
  toAwaitingApproval,
  toBlocked,
  toOutcomeUnknown,
  toProgressing,
} from '../../../src/activities/status.ts';
import type { ActualStatus } from '../../../src/domain/actual.ts';
import { modeAnnotation } from '../../../src/domain/mode.ts';
import { absent, present } from '../../../src/domain/outcome.ts';
import type { Notification } from '../../../src/domain/notification.ts';
import type { Block } from '../../../src/domain/run.ts';
import { createBench, now } from './activity-bench.ts';

const backOff = { now, firstMs: 60_000, longestMs: 3_600_000 };
const block = (code: Block['code'], change: Partial<Block> = {}): Block => ({
  code,
  message: 'why',
  retry: true,
  ...change,
});
const running: ActualStatus = { ...newStatus, state: 'Running', settledRevision: 1, observed: { size: 1 } };
const blocked = (before: ActualStatus, reason: Block) => toBlocked(before, 7, reason, undefined, backOff);

describe('a blocked resource', () => {
  test('is tried again after a pause that doubles to the longest, and starts over once it has converged', () => {
    let status: ActualStatus = running;
    const pauses: number[] = [];
    for (let failures = 0; failures < 40; failures += 1) {
      status = blocked(status, block('TOOL_FAILED'));
      pauses.push(Date.parse(status.retryAt!) - now);
    }
    expect(pauses.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((minutes) => minutes * 60_000));
    expect(pauses.at(-1)).toBe(3_600_000);
    expect(status.failures).toBe(40);
  });

  test('is not tried again by itself where that would not help; what it waited for before is forgotten', () => {
    const before = { ...running, retryAt: 'x', waitingFor: ['Box/b'] };
    const status = blocked(before, block('NO_RULE', { retry: false }));
    expect(status.retryAt).toBeUndefined();
    expect(status.waitingFor).toBeUndefined();
  });

  test('has dealt with the revision, and has not drifted any more', () => {
    expect(blocked({ ...running, drifted: true }, block('TOOL_FAILED'))).toMatchObject({
      settledRevision: 7,
      drifted: false,
    });
  });

  test.each([
    { before: running, code: 'APPROVAL_REJECTED', state: 'Running', reason: 'a person said no: it is as it was' },
    { before: running, code: 'APPROVAL_EXPIRED', state: 'Running', reason: 'nobody answered' },
    { before: running, code: 'DEPENDENCY_NOT_READY', state: 'Running', reason: 'it waits for another' },
    { before: running, code: 'HAS_DEPENDANTS', state: 'Running', reason: 'others need it' },
    { before: running, code: 'UNREACHABLE', state: 'Running', reason: 'nobody can look' },
    { before: running, code: 'BUDGET_SPENT', state: 'Running', reason: 'its plan waits for money' },
    { before: newStatus, code: 'BUDGET_SPENT', state: 'Pending', reason: 'its first plan waits for money' },
    {
      before: { ...running, state: 'Updating' },
      code: 'BUDGET_SPENT',
      state: 'Error',
      reason: 'one plan has failed, and for another there is no money',
    },
    {
      before: { ...running, state: 'Updating' },
      code: 'UNREACHABLE',
      state: 'Running',
      reason: 'what was under way ended',
    },
    { before: { ...running, state: 'Error' }, code: 'UNREACHABLE', state: 'Error', reason: 'it was broken before' },
    { before: newStatus, code: 'DEPENDENCY_NOT_READY', state: 'Pending', reason: 'it never came to be' },
    {
      before: { ...newStatus, state: 'Creating' },
      code: 'APPROVAL_REJECTED',
      state: 'Pending',
      reason: 'its making was refused',
    },
    { before: running, code: 'TOOL_FAILED', state: 'Error', reason: 'a tool failed' },
    { before: running, code: 'NOT_CONVERGED', state: 'Error', reason: 'it did not get there' },
    { before: newStatus, code: 'UNKNOWN_KIND', state: 'Error', reason: 'what is desired cannot be' },
  ] as const)('$reason: $before.state → $state', ({ before, code, state }) => {
    expect(blocked(before, block(code)).state).toBe(state);
  });

  test('of one that waits for others is as it was, whatever is wrong with that', () => {
    const waiting = { waitingFor: ['Box/b'], invalid: true } as const;
    expect(blocked(running, block('INVALID_VALUE', waiting)).state).toBe('Running');
    expect(blocked(newStatus, block('TOO_MANY_ITEMS', waiting)).state).toBe('Pending');
    expect(blocked(running, block('INVALID_VALUE', { invalid: true })).state).toBe('Error');
  });

  test('says why, once as Blocked and for what cannot be also as Invalid', () => {
    expect(blocked(running, block('IMMUTABLE', { invalid: true })).conditions).toEqual([
      { type: 'Ready', status: 'False', reason: 'Blocked', message: '' },
      { type: 'Blocked', status: 'True', reason: 'IMMUTABLE', message: 'why' },
      { type: 'Invalid', status: 'True', reason: 'IMMUTABLE', message: 'why' },
    ]);
    expect(blocked(running, block('APPROVAL_REJECTED')).conditions[1]?.reason).toBe('ApprovalRejected');
  });

  test('has conditions that do not flap: the same facts, the same words, no times', () => {
    const once = blocked(running, block('TOOL_FAILED'));
    const later = toBlocked(once, 7, block('TOOL_FAILED'), undefined, { ...backOff, now: now + 5_000_000 });
    expect(later.conditions).toEqual(once.conditions);
    expect(JSON.stringify(once.conditions)).not.toMatch(/20[0-9]{2}-/);
  });

  test('remembers what a person refused', () => {
    const refusal = { identity: 'i', reason: 'no', approver: 'ann' };
    expect(toBlocked(running, 7, block('APPROVAL_REJECTED'), refusal, backOff).refused).toEqual(refusal);
  });
});

describe('a status on its way', () => {
  test.each([
    ['create', 'Creating'],
    ['update', 'Updating'],
    ['delete', 'Deleting'],
  ] as const)('%s → %s, keeping what was observed and forgetting what was waited for', (change, state) => {
    const status = toProgressing({ ...running, waitingFor: ['Box/b'] }, change);
    expect(status).toMatchObject({ state, observed: { size: 1 } });
    expect(status.waitingFor).toBeUndefined();
  });

  test('is due for no retry, which would be hinted again and again while it waits', () => {
    const due = { ...running, retryAt: '2026-11-21T12:00:00.000Z' };
    expect(toProgressing(due, 'update').retryAt).toBeUndefined();
    expect(toOutcomeUnknown(due, []).retryAt).toBeUndefined();
  });

  test('is not dealt with, so whoever finds it without its run starts another', () => {
    expect(toProgressing(running, 'update').settledRevision).toBe(-1);
    expect(toOutcomeUnknown(running, []).settledRevision).toBe(-1);
  });

  test('with effects nobody can prove lists them sorted', () => {
    const open = ['b', 'a'].map((toolName, index) => ({ seal: 's', step: `s${index + 1}`, toolName }));
    expect(toOutcomeUnknown(running, open).conditions[1]?.message).toContain('a (s2), b (s1)');
    expect(toOutcomeUnknown(running, open)).toEqual(toOutcomeUnknown(running, open.toReversed()));
  });

  test('that waits for a person says what for and how to answer', async () => {
    const bench = createBench();
    await bench.converged(1);
    await bench.removeBox();
    const sealed = await bench.sealed();
    await openRequest(bench.dependencies, bench.scope, { ...bench.reference, sealed });
    const { state, conditions } = (await bench.actual())!.status;
    expect(state).toBe('Running');
    expect(conditions[1]).toMatchObject({ type: 'AwaitingApproval', reason: 'Dangerous' });
    expect(conditions[1]?.message).toContain(`homeostat approve Box/a (seal ${sealed.seal})`);
  });

  test.each([
    { waitReason: 'MassDelete', says: 'MassDelete', reason: 'many are to go at once' },
    { waitReason: 'ModePropose', says: 'ModePropose', reason: 'every plan waits' },
    { waitReason: undefined, says: 'Dangerous', reason: 'the history is from before it told why' },
  ] as const)('that waits for a person, $reason → $says', async ({ waitReason, says }) => {
    const bench = createBench();
    await bench.converged(1);
    await bench.removeBox();
    const { waitReason: _, ...sealed } = await bench.sealed();
    const { conditions } = toAwaitingApproval(running, {
      ...sealed,
      ...(waitReason === undefined ? {} : { waitReason }),
    });
    expect(conditions[1]).toMatchObject({ type: 'AwaitingApproval', reason: says });
  });

  test('that waits for a person tells the command that approves this very plan, in its tenant', async () => {
    const bench = createBench();
    await bench.converged(1);
    await bench.removeBox();
    const sealed = await bench.sealed();
    const resource = { ...sealed.resource, tenant: 'blue' };
    const told: string[] = [];
    const tell = async ({ text }: Pick<Notification, 'text'>) => void told.push(text);
    await openRequest({ ...bench.dependencies, tell }, bench.scope, { ...bench.reference, resource, sealed });
    expect(told[0]).toMatch(new RegExp(`\nhomeostat approve Box/a --seal ${sealed.seal.slice(0, 12)} --tenant blue$`));
    const { conditions } = toAwaitingApproval(running, { ...sealed, resource });
    expect(conditions[1]?.message).toContain('homeostat approve Box/a --tenant blue (seal');
  });

  test('that waits for a person before anything was done has nothing applied, and has when they allowed it', async () => {
    const bench = createBench();
    await bench.putBox({ size: 500 });
    const sealed = await bench.sealed();
    expect((await bench.actual())?.lastApplied).toBeUndefined();
    await bench.decide(sealed, 'approved');
    expect(await bench.actual()).toMatchObject({ lastApplied: { spec: { size: 500 } }, status: { state: 'Creating' } });
  });

  test('that a person refused before anything was done has nothing applied: another colour is no change of it', async () => {
    const bench = createBench();
    await bench.putBox({ size: 500 });
    await bench.decide(await bench.sealed(), 'rejected');
    expect((await bench.actual())?.lastApplied).toBeUndefined();
    await bench.putBox({ size: 5, color: 'blue' });
    expect(await bench.plan()).toMatchObject({ type: 'plan' });
  });

  test('that waits for a person has the mode of what is desired now, with what was applied before', async () => {
    const bench = createBench();
    await bench.converged(1);
    await bench.putBox({ size: 2 }, { annotations: { [modeAnnotation]: 'propose' } });
    await bench.sealed();
    expect((await bench.actual())?.lastApplied).toMatchObject({ spec: { size: 1 }, mode: 'propose' });
  });

  test('that a person allowed to be deleted → Deleting', async () => {
    const bench = createBench();
    await bench.converged(1);
    await bench.removeBox();
    await bench.decide(await bench.sealed(), 'approved');
    expect((await bench.actual())?.status.state).toBe('Deleting');
  });

  test('that a person allowed to be created → Creating', async () => {
    const bench = createBench();
    await bench.putBox({ size: 200 });
    await bench.decide(await bench.sealed(), 'approved');
    expect((await bench.actual())?.status.state).toBe('Creating');
  });

  test.each([
    { seen: absent(), state: 'Pending', reason: 'nothing is there yet' },
    { seen: present({ size: 1 }), state: 'Running', reason: 'some of it is there' },
  ])(
    'that waits for a person again, after a plan they allowed went stale → $state: $reason',
    async ({ seen, state }) => {
      const bench = createBench();
      await bench.putBox({ size: 200 });
      await bench.decide(await bench.sealed(), 'approved');
      bench.world.seen = seen;
      await bench.putBox({ size: 300 });
      const sealed = await bench.sealed();
      await openRequest(bench.dependencies, bench.scope, { ...bench.reference, sealed });
      expect((await bench.actual())?.status.state).toBe(state);
    },
  );

  test('that waits for a person again, after a removal they allowed went stale → Running', async () => {
    const bench = createBench();
    await bench.converged(1);
    await bench.removeBox();
    await bench.decide(await bench.sealed(), 'approved');
    bench.world.seen = present({ size: 2 });
    const sealed = await bench.sealed();
    await openRequest(bench.dependencies, bench.scope, { ...bench.reference, sealed });
    expect((await bench.actual())?.status).toMatchObject({ state: 'Running', observed: { size: 2 } });
  });

  test('of a request that is over stays, and the request says how', async () => {
    const bench = createBench();
    await bench.converged(1);
    await bench.removeBox();
    const sealed = await bench.sealed();
    await openRequest(bench.dependencies, bench.scope, { ...bench.reference, sealed });
    for (const type of ['superseded', 'expired'] as const) {
      await closeRequest(bench.dependencies, bench.scope, { ...bench.reference, seal: sealed.seal, outcome: { type } });
    }
    expect((await bench.state.approvals.get('default', sealed.seal))?.state).toBe('superseded');
  });
});
