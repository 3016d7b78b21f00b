import { describe, expect, test } from 'vitest';
import type { ApprovalRequest } from '../../../src/domain/approval.ts';
import { createTestState, keys, sampleActual, sampleDecision, sampleRequest, scope, seal, web } from './samples.ts';

async function setUp() {
  const { state, store } = createTestState();
  await state.approvals.create(sampleRequest(), scope);
  const types = async () => (await state.audit.list(web)).map(({ type }) => type);
  return { state, store, approvals: state.approvals, types };
}

describe('approvals', () => {
  test('the same seal again is the same request, told once', async () => {
    const { approvals, types } = await setUp();
    const again = await approvals.create(sampleRequest({ requestedAt: '2026-11-21T09:00:00.000Z' }), scope);
    expect(again).toEqual(sampleRequest());
    expect(await types()).toEqual(['approval-requested']);
  });

  test('request, actual and event stand at one revision', async () => {
    const { state } = createTestState();
    await state.approvals.create(sampleRequest(), scope, () => sampleActual());
    const { actual } = await state.resources.read(web);
    const { entries } = await state.store.list('/test/');
    expect(new Set(entries.map(({ modRevision }) => modRevision))).toEqual(new Set([actual?.modRevision]));
    expect(entries).toHaveLength(4);
  });

  test('the first decision wins: the same again is the same answer, the opposite → ALREADY_DECIDED', async () => {
    const { approvals, types } = await setUp();
    const approved = await approvals.decide('default', sampleDecision('approved'), scope);
    expect(approved).toMatchObject({ state: 'approved', decision: sampleDecision('approved') });
    const again = await approvals.decide('default', sampleDecision('approved', { approver: 'unverified:bob' }), scope);
    expect(again).toEqual(approved);
    const opposite = approvals.decide('default', sampleDecision('rejected'), scope);
    await expect(opposite).rejects.toMatchObject({ code: 'ALREADY_DECIDED' });
    expect(await types()).toEqual(['approval-requested', 'approval-decided']);
  });

  test('approve and reject at once: one wins, the other is refused', async () => {
    const { approvals } = await setUp();
    const both = await Promise.allSettled([
      approvals.decide('default', sampleDecision('approved'), scope),
      approvals.decide('default', sampleDecision('rejected'), scope),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  test('a decision whose answer got lost is on record once', async () => {
    const { approvals, store, types } = await setUp();
    store.faults.push('lost-answer');
    await approvals.decide('default', sampleDecision('rejected', { reason: 'no' }), scope);
    expect((await approvals.get('default', seal))?.decision?.reason).toBe('no');
    expect(await types()).toEqual(['approval-requested', 'approval-decided']);
  });

  test.each([
    { closed: 'expired', code: 'APPROVAL_EXPIRED' },
    { closed: 'superseded', code: 'NOT_WAITING' },
  ] as const)('a decision on what is $closed → $code', async ({ closed, code }) => {
    const { approvals, types } = await setUp();
    await approvals.close('default', seal, closed, scope);
    await approvals.close('default', seal, closed, scope);
    await expect(approvals.decide('default', sampleDecision('approved'), scope)).rejects.toMatchObject({ code });
    expect(await types()).toEqual(['approval-requested', 'approval-closed']);
  });

  test('closing what was decided leaves the decision', async () => {
    const { approvals } = await setUp();
    await approvals.decide('default', sampleDecision('approved'), scope);
    expect((await approvals.close('default', seal, 'expired', scope)).state).toBe('approved');
  });

  test('no such request → NOT_FOUND', async () => {
    const { approvals } = await setUp();
    const missing = { ...sampleDecision('approved'), seal: 'b'.repeat(64) };
    await expect(approvals.decide('default', missing, scope)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(approvals.close('other', seal, 'expired', scope)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('lists by tenant and state, newest first, and finds by the first digits within one resource', async () => {
    const { approvals } = await setUp();
    const newer = sampleRequest({ seal: `ab${'c'.repeat(62)}`, requestedAt: '2026-11-21T05:00:00.000Z' });
    const elsewhere = sampleRequest({ seal: 'd'.repeat(64), resource: { ...web, tenant: 'other' } });
    await approvals.create(newer, scope);
    await approvals.create(elsewhere, scope);
    await approvals.decide('default', sampleDecision('rejected'), scope);
    const seals = (requests: readonly { seal: string }[]) => requests.map((request) => request.seal[1]);
    expect(seals(await approvals.list('default'))).toEqual(['b', 'a']);
    expect(seals(await approvals.list(undefined, 'pending'))).toEqual(['b', 'd']);
    expect(seals(await approvals.find(web, 'a'))).toEqual(['b', 'a']);
    expect(seals(await approvals.find(web, 'ab'))).toEqual(['b']);
    expect(seals(await approvals.find({ ...web, name: 'db' }, 'a'))).toEqual([]);
  });
});

describe('housekeeping', () => {
  const day = 24 * 60 * 60 * 1_000;
  const now = Date.parse('2026-12-31T00:00:00.000Z');
  const daysAgo = (days: number) => new Date(now - days * day).toISOString();
  const decidedAt = (days: number) => ({ decision: sampleDecision('approved', { decidedAt: daysAgo(days) }) });

  async function setUp(requests: Readonly<Record<string, Partial<ApprovalRequest>>>) {
    const { state, store } = createTestState({ now: () => new Date(now) });
    const put = (name: string, change: Partial<ApprovalRequest>, tenant = 'default') =>
      store.commit(
        [],
        [{ type: 'put', key: keys.approval(tenant, name), value: JSON.stringify(sampleRequest(change)) }],
      );
    for (const [name, change] of Object.entries(requests)) await put(name, change);
    const left = async () =>
      (await store.list('/test/approvals/')).entries.map(({ key }) => key.slice('/test/approvals/'.length));
    return { state, store, put, left };
  }

  test('lets go of requests thirty days after they were decided or expired, whatever they say they wait for', async () => {
    const { state, store, put, left } = await setUp({
      'approved-long-ago': { state: 'approved', expiresAt: daysAgo(40), ...decidedAt(31) },
      'approved-of-late': { state: 'approved', expiresAt: daysAgo(31), ...decidedAt(29) },
      'expired-long-ago': { state: 'expired', expiresAt: daysAgo(31) },
      'expired-of-late': { state: 'expired', expiresAt: daysAgo(29) },
      'superseded-long-ago': { state: 'superseded', expiresAt: daysAgo(31) },
      'superseded-perhaps-of-late': { state: 'superseded', requestedAt: daysAgo(60), expiresAt: daysAgo(29) },
      'forgotten-long-ago': { state: 'pending', requestedAt: daysAgo(32), expiresAt: daysAgo(31) },
      'still-waiting': { state: 'pending', requestedAt: daysAgo(60), expiresAt: daysAgo(29) },
      'of-no-known-time': { state: 'expired', expiresAt: 'soon' },
    });
    await put('rejected-elsewhere', { state: 'rejected', ...decidedAt(31) }, 'other');
    await store.commit([], [{ type: 'put', key: keys.approval('default', 'unreadable'), value: '{' }]);
    await state.housekeep(new AbortController().signal);
    expect(await left()).toEqual([
      'default/approved-of-late',
      'default/expired-of-late',
      'default/of-no-known-time',
      'default/still-waiting',
      'default/superseded-perhaps-of-late',
      'default/unreadable',
    ]);
  });

  test('reads page by page, stops where it is told to, and leaves what was changed meanwhile', async () => {
    const old = { state: 'expired', expiresAt: daysAgo(31) } as const;
    const { state, store, put, left } = await setUp({ a: old, b: old, c: old });
    const stopping = new AbortController();
    store.walk = async function* (prefix) {
      const { entries } = await store.list(prefix);
      yield entries.slice(0, 1);
      await put('b', old);
      yield entries.slice(1, 2);
      stopping.abort();
      yield entries.slice(2);
    };
    expect(await state.approvals.removeOlderThan(30 * day, stopping.signal)).toBe(1);
    expect(await left()).toEqual(['default/b', 'default/c']);
  });

  test('goes on with the rest where it cannot tidy up the ledger', async () => {
    const { state, store, left } = await setUp({ old: { state: 'expired', expiresAt: daysAgo(31) } });
    const { walk } = store;
    store.walk = (prefix) => {
      if (prefix === keys.ledgerPrefix) throw new Error('no');
      return walk(prefix);
    };
    await expect(state.housekeep(new AbortController().signal)).rejects.toThrow('no');
    expect(await left()).toEqual([]);
  });
});
