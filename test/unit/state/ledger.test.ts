import { describe, expect, test } from 'vitest';
import type { LedgerEntry } from '../../../src/domain/ledger.ts';
import type { OpenedIntent } from '../../../src/state/ledger.ts';
import { passTime, useFakeTime } from '../../support/fake-time.ts';
import { createTestState, keys, sampleIntent, sampleResource, scope, seal, web } from './samples.ts';

const at = '2026-11-21T00:01:00.000Z';
const done = (entry: LedgerEntry): LedgerEntry => ({ ...entry, state: 'done', endedAt: at, result: { id: 1 } });

async function setUp() {
  const { state, store } = createTestState();
  const { revision } = await state.resources.putDesired(sampleResource());
  const types = async () => (await state.audit.list(web)).map(({ type }) => type);
  const stored = async () => (await state.ledger.list(web)).map(({ entry }) => entry);
  return { state, store, revision, types, stored };
}

function handleOf(opened: OpenedIntent) {
  if (opened.type !== 'opened') throw new Error(`expected an open intent, got ${opened.type}`);
  return opened.handle;
}

describe('openIntent', () => {
  test('the first attempt opens and has nothing to ask about', async () => {
    const { state, revision, stored } = await setUp();
    expect(await state.ledger.openIntent(sampleIntent(), { desiredRevision: revision, scopes: [] })).toMatchObject({
      type: 'opened',
      tookOver: false,
    });
    expect(await stored()).toEqual([sampleIntent()]);
  });

  test('desired moved → PLAN_STALE, nothing written', async () => {
    const { state, revision, stored } = await setUp();
    await expect(
      state.ledger.openIntent(sampleIntent(), { desiredRevision: revision - 1, scopes: [] }),
    ).rejects.toMatchObject({ code: 'PLAN_STALE' });
    expect(await stored()).toEqual([]);
  });

  test('desired moving in the very moment → PLAN_STALE, nothing written', async () => {
    const { state, store, revision, stored } = await setUp();
    store.faults.push({ before: () => state.resources.putDesired(sampleResource('web', { size: 2 })) });
    await expect(
      state.ledger.openIntent(sampleIntent(), { desiredRevision: revision, scopes: [] }),
    ).rejects.toMatchObject({ code: 'PLAN_STALE' });
    expect(await stored()).toEqual([]);
  });

  test('nothing desired is revision 0', async () => {
    const { state } = await setUp();
    await state.resources.deleteDesired(web);
    expect(await state.ledger.openIntent(sampleIntent(), { desiredRevision: 0, scopes: [] })).toMatchObject({
      type: 'opened',
    });
  });

  test('done before → the receipt, also when desired moved since', async () => {
    const { state, revision } = await setUp();
    const handle = handleOf(await state.ledger.openIntent(sampleIntent(), { desiredRevision: revision, scopes: [] }));
    await state.ledger.complete(handle, done(sampleIntent()), scope);
    const again = await state.ledger.openIntent(sampleIntent({ attempt: 2 }), {
      desiredRevision: revision - 1,
      scopes: [],
    });
    expect(again).toEqual({ type: 'done', entry: done(sampleIntent()) });
  });

  test.each(['intent', 'unknown'] as const)(
    'a later attempt takes over what is %s, and must ask the target',
    async (left) => {
      const { state, revision } = await setUp();
      const first = handleOf(await state.ledger.openIntent(sampleIntent(), { desiredRevision: revision, scopes: [] }));
      if (left === 'unknown') await state.ledger.complete(first, sampleIntent({ state: 'unknown' }), scope);
      expect(
        await state.ledger.openIntent(sampleIntent({ attempt: 2 }), { desiredRevision: revision, scopes: [] }),
      ).toMatchObject({ tookOver: true });
    },
  );

  test('after a failed attempt there is nothing to ask', async () => {
    const { state, revision } = await setUp();
    const handle = handleOf(await state.ledger.openIntent(sampleIntent(), { desiredRevision: revision, scopes: [] }));
    await state.ledger.complete(handle, sampleIntent({ state: 'failed', error: 'no' }), scope);
    expect(
      await state.ledger.openIntent(sampleIntent({ attempt: 2 }), { desiredRevision: revision, scopes: [] }),
    ).toMatchObject({ tookOver: false });
  });

  test('an attempt that comes after a later one → EFFECT_FENCED', async () => {
    const { state, revision } = await setUp();
    await state.ledger.openIntent(sampleIntent({ attempt: 2 }), { desiredRevision: revision, scopes: [] });
    await expect(
      state.ledger.openIntent(sampleIntent(), { desiredRevision: revision, scopes: [] }),
    ).rejects.toMatchObject({ code: 'EFFECT_FENCED' });
  });

  test.each(['intent', 'failed'] as const)(
    'a later activity goes on from the last attempt of the one before, which left %s',
    async (left) => {
      const { state, revision, stored } = await setUp();
      const grounds = { desiredRevision: revision, scopes: [] };
      const last = sampleIntent({ scheduledAt: 1_000, attempt: 2 });
      const handle = handleOf(await state.ledger.openIntent(last, grounds));
      if (left === 'failed') await state.ledger.complete(handle, { ...last, state: 'failed' }, scope);
      const numbers = [];
      for (const attempt of [1, 2]) {
        await state.ledger.openIntent(sampleIntent({ scheduledAt: 17_000, attempt }), grounds);
        numbers.push((await stored())[0]!.attempt);
      }
      expect(numbers).toEqual([3, 4]);
    },
  );

  test('any attempt of an activity after which another has begun → EFFECT_FENCED', async () => {
    const { state, revision } = await setUp();
    const grounds = { desiredRevision: revision, scopes: [] };
    await state.ledger.openIntent(sampleIntent({ scheduledAt: 17_000 }), grounds);
    await expect(
      state.ledger.openIntent(sampleIntent({ scheduledAt: 1_000, attempt: 2 }), grounds),
    ).rejects.toMatchObject({ code: 'EFFECT_FENCED' });
  });

  test('a lost answer opens once and its handle is good', async () => {
    const { state, store, revision } = await setUp();
    store.faults.push('lost-answer');
    const handle = handleOf(await state.ledger.openIntent(sampleIntent(), { desiredRevision: revision, scopes: [] }));
    await state.ledger.complete(handle, done(sampleIntent()), scope);
  });

  test.each([
    { choice: 'adopt', expected: { type: 'done' } },
    {
      choice: 'redo',
      expected: {
        type: 'opened',
        tookOver: false,
        entry: { generation: 1, idempotencyKey: `${seal}-s1-1`, attempt: 1 },
      },
    },
  ] as const)('after a person said $choice, to a later activity: $expected.type', async ({ choice, expected }) => {
    const { state, revision } = await setUp();
    await state.ledger.openIntent(sampleIntent(), { desiredRevision: revision, scopes: [] });
    await state.ledger.resolve(web, seal, 's1', { choice, approver: 'ann' }, scope, at);
    expect(
      await state.ledger.openIntent(sampleIntent({ scheduledAt: 2_000 }), { desiredRevision: revision, scopes: [] }),
    ).toMatchObject(expected);
  });

  test('what is done again stays in its generation, and is counted in it', async () => {
    const { state, revision } = await setUp();
    const grounds = { desiredRevision: revision, scopes: [] };
    await state.ledger.openIntent(sampleIntent({ attempt: 3 }), grounds);
    await state.ledger.resolve(web, seal, 's1', { choice: 'redo', approver: 'ann' }, scope, at);
    await state.ledger.openIntent(sampleIntent({ scheduledAt: 2_000 }), grounds);
    expect(await state.ledger.openIntent(sampleIntent({ scheduledAt: 2_000, attempt: 2 }), grounds)).toMatchObject({
      type: 'opened',
      tookOver: true,
      entry: { generation: 1, idempotencyKey: `${seal}-s1-1`, attempt: 2 },
    });
  });

  test('given up by a person → EFFECT_REFUSED; to be done again, but begun before the answer → EFFECT_FENCED', async () => {
    const { state, revision } = await setUp();
    for (const step of ['s1', 's2'])
      await state.ledger.openIntent(sampleIntent({ step }), { desiredRevision: revision, scopes: [] });
    await state.ledger.resolve(web, seal, 's1', { choice: 'give_up', approver: 'ann' }, scope, at);
    await state.ledger.resolve(web, seal, 's2', { choice: 'redo', approver: 'ann' }, scope, at);
    await expect(
      state.ledger.openIntent(sampleIntent(), { desiredRevision: revision, scopes: [] }),
    ).rejects.toMatchObject({ code: 'EFFECT_REFUSED' });
    await expect(
      state.ledger.openIntent(sampleIntent({ step: 's2' }), { desiredRevision: revision, scopes: [] }),
    ).rejects.toMatchObject({
      code: 'EFFECT_FENCED',
    });
  });
});

describe('complete', () => {
  test('writes the receipt and one event', async () => {
    const { state, revision, types, stored } = await setUp();
    const handle = handleOf(await state.ledger.openIntent(sampleIntent(), { desiredRevision: revision, scopes: [] }));
    await state.ledger.complete(handle, done(sampleIntent()), scope);
    expect(await stored()).toEqual([done(sampleIntent())]);
    expect(await types()).toEqual(['step-end']);
  });

  test('a zombie whose intent was taken over → EFFECT_FENCED, the receipt of the other stays', async () => {
    const { state, revision, stored } = await setUp();
    const zombie = handleOf(await state.ledger.openIntent(sampleIntent(), { desiredRevision: revision, scopes: [] }));
    const later = sampleIntent({ attempt: 2 });
    await state.ledger.complete(
      handleOf(await state.ledger.openIntent(later, { desiredRevision: revision, scopes: [] })),
      done(later),
      scope,
    );
    await expect(state.ledger.complete(zombie, done(sampleIntent()), scope)).rejects.toMatchObject({
      code: 'EFFECT_FENCED',
    });
    expect(await stored()).toEqual([done(later)]);
  });

  test('saying it again is no error and no second event', async () => {
    const { state, revision, types } = await setUp();
    const handle = handleOf(await state.ledger.openIntent(sampleIntent(), { desiredRevision: revision, scopes: [] }));
    await state.ledger.complete(handle, done(sampleIntent()), scope);
    await state.ledger.complete(handle, { ...done(sampleIntent()), endedAt: '2026-11-21T00:02:00.000Z' }, scope);
    expect(await types()).toEqual(['step-end']);
  });

  describe('in time', () => {
    useFakeTime();
    test('a full store is tried again until it takes the receipt', async () => {
      const { state, store, revision, stored } = await setUp();
      const handle = handleOf(await state.ledger.openIntent(sampleIntent(), { desiredRevision: revision, scopes: [] }));
      store.faults.push('full', 'full');
      await passTime(
        state.ledger.complete(handle, done(sampleIntent()), { ...scope, signal: new AbortController().signal }),
      );
      expect((await stored())[0]?.state).toBe('done');
    });
  });

  test('without time left a full store is an error', async () => {
    const { state, store, revision } = await setUp();
    const handle = handleOf(await state.ledger.openIntent(sampleIntent(), { desiredRevision: revision, scopes: [] }));
    store.faults.push('full');
    const failing = state.ledger.complete(handle, done(sampleIntent()), { ...scope, signal: AbortSignal.abort() });
    await expect(failing).rejects.toMatchObject({ code: 'STORE_FULL' });
  });

  test('an outcome nobody knows is told as such', async () => {
    const { state, revision, types } = await setUp();
    const handle = handleOf(await state.ledger.openIntent(sampleIntent(), { desiredRevision: revision, scopes: [] }));
    await state.ledger.complete(handle, sampleIntent({ state: 'unknown', error: 'cut off' }), scope);
    expect(await types()).toEqual(['outcome-unknown']);
    expect(await state.ledger.listOpen(web)).toHaveLength(1);
  });

  test('a failure is on record however it would be cut in the middle of a character', async () => {
    const { state, revision, types } = await setUp();
    const handle = handleOf(await state.ledger.openIntent(sampleIntent(), { desiredRevision: revision, scopes: [] }));
    const error = `${'x'.repeat(1_999)}🦊`;
    await state.ledger.complete(handle, { ...done(sampleIntent()), state: 'failed', error }, scope);
    expect(await types()).toEqual(['step-end']);
  });

  test('a failure is on record without what looks like a secret, and no longer than it is told', async () => {
    const { state, revision, stored } = await setUp();
    const handle = handleOf(await state.ledger.openIntent(sampleIntent(), { desiredRevision: revision, scopes: [] }));
    const error = `cannot log in with ghp_${'a'.repeat(36)}: ${'x'.repeat(10_000)}`;
    await state.ledger.complete(handle, { ...done(sampleIntent()), state: 'failed', error }, scope);
    const [record] = await state.audit.list(web);
    expect(record?.detail.error).toMatch(/^cannot log in with \[secret\]: x+$/);
    expect((await stored())[0]?.error).toBe(record?.detail.error);
  });
});

describe('open entries', () => {
  test('settle closes one, with an event; one that changed meanwhile → EFFECT_FENCED', async () => {
    const { state, revision, stored, types } = await setUp();
    await state.ledger.openIntent(sampleIntent(), { desiredRevision: revision, scopes: [] });
    const [open] = await state.ledger.listOpen(web);
    await state.ledger.openIntent(sampleIntent({ attempt: 2 }), { desiredRevision: revision, scopes: [] });
    const fenced = state.ledger.settle(open!, { state: 'failed', error: 'never happened' }, scope, at);
    await expect(fenced).rejects.toMatchObject({ code: 'EFFECT_FENCED' });
    const [again] = await state.ledger.listOpen(web);
    await state.ledger.settle(again!, { state: 'done', result: null }, scope, at);
    await state.ledger.settle(again!, { state: 'done', result: null }, scope, at);
    expect(await stored()).toMatchObject([{ state: 'done', attempt: 2, endedAt: at }]);
    expect(await types()).toEqual(['step-end']);
  });

  test('markUnknown marks intents once and leaves closed ones alone', async () => {
    const { state, revision, stored, types } = await setUp();
    const effects = ['s1', 's2'].map((step) => ({ seal, step, toolName: 'make_widget' }));
    await state.ledger.openIntent(sampleIntent(), { desiredRevision: revision, scopes: [] });
    const second = sampleIntent({ step: 's2' });
    await state.ledger.complete(
      handleOf(await state.ledger.openIntent(second, { desiredRevision: revision, scopes: [] })),
      done(second),
      scope,
    );
    expect(await state.ledger.markUnknown(web, effects, scope)).toEqual([effects[0]]);
    expect(await state.ledger.markUnknown(web, effects, scope)).toEqual([effects[0]]);
    expect((await stored()).map(({ state: is }) => is)).toEqual(['unknown', 'done']);
    expect(await types()).toEqual(['step-end', 'outcome-unknown']);
  });

  test('resolve: the same again is the same, another choice is refused', async () => {
    const { state, revision, types } = await setUp();
    await state.ledger.openIntent(sampleIntent(), { desiredRevision: revision, scopes: [] });
    const resolve = (choice: 'adopt' | 'redo', step = 's1') =>
      state.ledger.resolve(web, seal, step, { choice, approver: 'ann' }, scope, at);
    await resolve('adopt');
    await resolve('adopt');
    await expect(resolve('redo')).rejects.toMatchObject({ code: 'ALREADY_DECIDED', problem: 'ann said adopt' });
    await expect(resolve('redo', 's9')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await types()).toEqual(['outcome-resolved']);
    expect(await state.ledger.listOpen(web)).toEqual([]);
  });

  test('an answer, and a question, that come late say nothing of the effect that is done again since', async () => {
    const { state, revision, stored } = await setUp();
    const grounds = { desiredRevision: revision, scopes: [] };
    const asked = { ...scope, scheduledAt: 1_500 };
    const answer = () =>
      state.ledger.resolve(web, seal, 's1', { choice: 'redo', approver: 'ann' }, { ...scope, scheduledAt: 1_600 }, at);
    await state.ledger.openIntent(sampleIntent({ scheduledAt: 1_000 }), grounds);
    await state.ledger.markUnknown(web, [{ seal, step: 's1', toolName: 'make_widget' }], asked);
    await answer();
    const again = await state.ledger.openIntent(sampleIntent({ scheduledAt: 2_000 }), grounds);
    await expect(answer()).rejects.toMatchObject({ code: 'NOT_WAITING' });
    expect(await state.ledger.markUnknown(web, [{ seal, step: 's1', toolName: 'make_widget' }], asked)).toEqual([]);
    expect(await stored()).toMatchObject([{ state: 'intent', generation: 1 }]);
    await state.ledger.complete(handleOf(again), done(again.entry), scope);
  });

  test('resolve of what was closed without a person → NOT_WAITING', async () => {
    const { state, revision } = await setUp();
    await state.ledger.complete(
      handleOf(await state.ledger.openIntent(sampleIntent(), { desiredRevision: revision, scopes: [] })),
      done(sampleIntent()),
      scope,
    );
    const resolving = state.ledger.resolve(web, seal, 's1', { choice: 'adopt', approver: 'ann' }, scope, at);
    await expect(resolving).rejects.toMatchObject({ code: 'NOT_WAITING' });
  });
});

test.each([
  { pages: 'all at once', size: 100 },
  { pages: 'in pages that end amid a plan', size: 1 },
])(
  'removeOlderThan, read $pages, takes whole plans that ended long ago, and none with an open entry',
  async ({ size }) => {
    const now = new Date('2026-11-30T00:00:00.000Z');
    const { state, store } = createTestState({ now: () => now });
    const day = 24 * 60 * 60 * 1_000;
    const put = (plan: string, step: string, change: Partial<LedgerEntry>) =>
      store.commit(
        [],
        [
          {
            type: 'put',
            key: keys.ledger(web, plan, step),
            value: JSON.stringify(sampleIntent({ seal: plan, step, ...change })),
          },
        ],
      );
    await put('old', 's1', { state: 'done', endedAt: '2026-11-20T00:00:00.000Z' });
    await put('old', 's2', { state: 'failed', endedAt: '2026-11-20T00:00:00.000Z' });
    await put('open', 's1', { state: 'done', endedAt: '2026-11-20T00:00:00.000Z' });
    await put('open', 's2', { state: 'unknown' });
    await put('new', 's1', { state: 'done', endedAt: '2026-11-20T00:00:00.000Z' });
    await put('new', 's2', { state: 'done', endedAt: '2026-11-29T00:00:00.000Z' });
    store.walk = async function* (prefix) {
      const { entries } = await store.list(prefix);
      for (let from = 0; from < entries.length; from += size) yield entries.slice(from, from + size);
    };
    expect(await state.ledger.removeOlderThan(7 * day)).toBe(2);
    expect((await state.ledger.list(web)).map(({ entry }) => entry.seal)).toEqual(['new', 'new', 'open', 'open']);
  },
);
