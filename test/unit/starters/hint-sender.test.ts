import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Hint } from '../../../src/domain/messages.ts';
import { createHintSender, foldHints, type HintSender } from '../../../src/starters/hint-sender.ts';
import { passTime, useFakeTime } from '../../support/fake-time.ts';

const key = (name: string, tenant = 'default') => ({ tenant, kind: 'Widget', name });
const hint = (desiredRevision: number, reason: Hint['reason'] = 'desired-changed', owner?: string): Hint => ({
  desiredRevision,
  reason,
  ...(owner === undefined ? {} : { owner }),
});

interface Sent {
  readonly workflowId: string;
  readonly hint: Hint;
  readonly at: number;
  readonly options: Record<string, unknown>;
  readonly deadline: number | undefined;
}

/** A Temporal that answers as told, and notes what it was sent and how much of it at once. */
function createFakeClient(answer: (count: number) => Promise<void> = async () => undefined) {
  const sent: Sent[] = [];
  const most = { atOnce: 0, ofOne: 0 };
  const underWay = new Map<string, number>();
  let deadline: number | undefined;
  const client = {
    withDeadline<Result>(until: number, call: () => Promise<Result>) {
      deadline = until;
      const called = call();
      deadline = undefined;
      return called;
    },
    workflow: {
      async signalWithStart(_type: string, options: Record<string, unknown>) {
        const workflowId = options.workflowId as string;
        underWay.set(workflowId, (underWay.get(workflowId) ?? 0) + 1);
        most.ofOne = Math.max(most.ofOne, underWay.get(workflowId)!);
        most.atOnce = Math.max(
          most.atOnce,
          [...underWay.values()].reduce((sum, count) => sum + count, 0),
        );
        sent.push({ workflowId, hint: (options.signalArgs as [Hint])[0], at: performance.now(), options, deadline });
        try {
          await answer(sent.length);
        } finally {
          underWay.set(workflowId, underWay.get(workflowId)! - 1);
        }
      },
    },
  } as unknown as Client;
  return { client, sent, most };
}

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
let sender: HintSender | undefined;
afterEach(() => sender?.close());

function start(answer?: (count: number) => Promise<void>, concurrency?: number) {
  const fake = createFakeClient(answer);
  sender = createHintSender({
    client: fake.client,
    searchAttributes: true,
    log,
    ...(concurrency === undefined ? {} : { concurrency }),
  });
  return { ...fake, sender };
}
function until(holds: () => boolean, ms = 3_000): Promise<void> {
  const wait = async () => {
    const end = performance.now() + ms;
    while (!holds()) {
      if (performance.now() > end) throw new Error('waited in vain');
      await sleep(5);
    }
  };
  return passTime(wait());
}

describe('hints', () => {
  useFakeTime();
  test('start or reach the one run of their resource, with the tenant as fairness key', async () => {
    const { sender, sent } = start();
    sender.send(key('a'), hint(7, 'drifted', 'host-1'));
    await until(() => sender.pending === 0);
    expect(sent[0]?.options).toMatchObject({
      workflowId: 'reconcile.default.Widget.a',
      taskQueue: 'homeostat',
      signal: 'changed',
      signalArgs: [{ desiredRevision: 7, reason: 'drifted', owner: 'host-1' }],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
      priority: { fairnessKey: 'default' },
    });
  });

  test('that come while one is under way are folded into the next, at least a second later', async () => {
    const release = Promise.withResolvers<void>();
    const { sender, sent, most } = start((count) => (count === 1 ? release.promise : Promise.resolve()));
    sender.send(key('a'), hint(1));
    await until(() => sent.length === 1);
    for (let revision = 2; revision <= 1_000; revision += 1) sender.send(key('a'), hint(revision));
    sender.send(key('a'), hint(0, 'drifted'));
    expect(sender.pending).toBe(1);
    release.resolve();
    await until(() => sender.pending === 0);
    expect(sent.map((one) => one.hint)).toEqual([hint(1), hint(1_000, 'drifted')]);
    expect(sent[1]!.at - sent[0]!.at).toBeGreaterThan(950);
    expect(most.ofOne).toBe(1);
  });

  test('come a second apart also where the clock is set back between them', async () => {
    const release = Promise.withResolvers<void>();
    const { sender, sent } = start((count) => (count === 1 ? release.promise : Promise.resolve()));
    sender.send(key('a'), hint(1));
    await until(() => sent.length === 1);
    vi.setSystemTime(Date.now() - 24 * 60 * 60_000);
    release.resolve();
    sender.send(key('a'), hint(2));
    await until(() => sender.pending === 0);
    expect(sent).toHaveLength(2);
    expect(sent[1]!.at - sent[0]!.at).toBeLessThan(1_100);
  });

  test('of a delete tell of it whatever else is folded in, and of the reason to look besides', async () => {
    const { sender, sent } = start();
    sender.send(key('a'), hint(1));
    await until(() => sender.pending === 0);
    sender.send(key('a'), hint(9, 'desired-deleted'));
    sender.send(key('a'), hint(0, 'drifted'));
    await until(() => sender.pending === 0);
    expect(sent.slice(1).map((one) => one.hint)).toEqual([hint(9, 'desired-deleted'), hint(0, 'drifted')]);
  });

  test('of many resources go side by side, and no more than allowed', async () => {
    const { sender, sent, most } = start(() => sleep(5), 4);
    for (let index = 0; index < 20; index += 1) sender.send(key(`w${index}`), hint(1));
    expect(sender.pending).toBe(20);
    await until(() => sender.pending === 0);
    expect(new Set(sent.map(({ workflowId }) => workflowId)).size).toBe(20);
    expect(most.atOnce).toBe(4);
  });

  test('that do not get through are tried until they do, with what came meanwhile', async () => {
    const { sender, sent } = start(async (count) => {
      if (count <= 2) throw new Error('temporal is away');
    });
    sender.send(key('a'), hint(1));
    await until(() => sender.trouble !== undefined);
    expect([sender.trouble, sender.pending]).toEqual(['temporal is away', 1]);
    sender.send(key('a'), hint(9));
    await until(() => sender.pending === 0);
    expect(sent.map((one) => one.hint.desiredRevision)).toEqual([1, 9, 9]);
    expect(sender.trouble).toBeUndefined();
  });

  test('are not sent after the close, which does not wait for a pause', async () => {
    const { sender, sent } = start(async () => {
      throw new Error('temporal is away');
    });
    sender.send(key('a'), hint(1));
    await until(() => sender.trouble !== undefined);
    const began = performance.now();
    await sender.close();
    expect(performance.now() - began).toBeLessThan(50);
    const before = sent.length;
    sender.send(key('b'), hint(1));
    await passTime(sleep(20_000));
    expect(sent.length).toBe(before);
  });

  test('have a deadline, so that a Temporal that went silent is told from one that is slow', async () => {
    const { sender, sent } = start();
    const before = Date.now();
    sender.send(key('a'), hint(1));
    await until(() => sender.pending === 0);
    expect(sent[0]!.deadline! - before).toBeGreaterThanOrEqual(5_000);
    expect(sent[0]!.deadline! - before).toBeLessThan(6_000);
  });

  test('of a resource in its pause do not hold up those of another', async () => {
    const { sender, sent } = start(undefined, 1);
    sender.send(key('hot'), hint(1));
    await until(() => sender.pending === 0);
    sender.send(key('hot'), hint(2));
    sender.send(key('cold'), hint(1));
    await until(() => sent.some(({ workflowId }) => workflowId.endsWith('cold')), 300);
  });

  const positionOf = (sent: readonly Sent[], workflowId: string) =>
    sent.findIndex((one) => one.workflowId === workflowId);
  test("of one tenant wait for no thousands of another's", async () => {
    const { sender, sent } = start(() => sleep(20), 4);
    for (let index = 0; index < 2_000; index += 1) sender.send(key(`w${index}`, 'large'), hint(1));
    sender.send(key('only', 'small'), hint(1));
    await until(() => sender.pending === 0, 20_000);
    expect(positionOf(sent, 'reconcile.small.Widget.only')).toBeLessThan(6);
    expect(new Set(sent.map(({ workflowId }) => workflowId)).size).toBe(2_001);
  });

  test('of tenants take turns also after Temporal was away', async () => {
    const state = { isAway: true };
    const { sender, sent } = start(async () => {
      await sleep(20);
      if (state.isAway) throw new Error('temporal is away');
    }, 4);
    for (let index = 0; index < 2_000; index += 1) sender.send(key(`w${index}`, 'large'), hint(1));
    await until(() => sent.length > 100);
    state.isAway = false;
    const before = sent.length;
    sender.send(key('only', 'small'), hint(1));
    await until(() => sender.pending === 0, 40_000);
    expect(positionOf(sent, 'reconcile.small.Widget.only') - before).toBeLessThan(6);
    expect(new Set(sent.map(({ workflowId }) => workflowId)).size).toBe(2_001);
  });
});

describe('two hints as one', () => {
  test.each([
    { left: hint(1), right: hint(2), folded: hint(2), reason: 'the newest revision' },
    { left: hint(5), right: hint(0, 'drifted'), folded: hint(5, 'drifted'), reason: 'a reason to look stays' },
    { left: hint(0, 'retry-due'), right: hint(5), folded: hint(5, 'retry-due'), reason: 'whichever came first' },
    {
      left: hint(5, 'desired-changed', 'h1'),
      right: hint(6),
      folded: hint(6, 'desired-changed', 'h1'),
      reason: 'the owner somebody knew',
    },
    {
      left: hint(5, 'drifted', 'h1'),
      right: hint(5, 'drifted', 'h2'),
      folded: hint(5, 'drifted', 'h2'),
      reason: 'the owner last known',
    },
    { left: hint(9, 'desired-deleted'), right: hint(8), folded: hint(9, 'desired-deleted'), reason: 'a newest delete' },
    { left: hint(10), right: hint(9, 'desired-deleted'), folded: hint(10), reason: 'no delete that was taken back' },
    {
      left: hint(9, 'desired-deleted'),
      right: hint(10, 'drifted'),
      folded: hint(10, 'drifted'),
      reason: 'of such a one not even the reason',
    },
  ])('keep $reason', ({ left, right, folded }) => {
    expect(foldHints([left, right])).toEqual([folded]);
  });

  test.each([
    { hints: [hint(9, 'desired-deleted', 'h1'), hint(0, 'drifted')] },
    { hints: [hint(0, 'drifted', 'h1'), hint(9, 'desired-deleted')] },
    { hints: [hint(9, 'desired-deleted'), hint(0, 'drifted', 'h1'), hint(7)] },
  ])('are two where the newest is a delete and one asks for a look', ({ hints }) => {
    const folded = foldHints(hints);
    expect(folded).toEqual([hint(9, 'desired-deleted', 'h1'), hint(0, 'drifted', 'h1')]);
    expect(foldHints([...folded, hint(9, 'desired-deleted')])).toEqual(folded);
    expect(foldHints([...folded, hint(12)])).toEqual([hint(12, 'drifted', 'h1')]);
  });
});
