import { describe, expect, test } from 'vitest';
import { createTestState, sampleActual, sampleDecision, sampleRequest, scope, seal, web } from './samples.ts';

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
