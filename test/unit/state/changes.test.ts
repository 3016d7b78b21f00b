import { describe, expect, test, vi } from 'vitest';
import type { AuditEvent } from '../../../src/domain/audit.ts';
import type { State } from '../../../src/state/state.ts';
import { createTestState, keys, sampleActual, sampleResource, scope, web } from './samples.ts';

const event: AuditEvent = { type: 'run-recorded', ...scope, detail: { outcome: 'converged' } };

describe('changeActual', () => {
  test('actual, audit record and audit head stand at one revision', async () => {
    const { state, store } = createTestState();
    const { revision } = await state.changeActual(web, () => sampleActual(), event);
    const { entries } = await store.getMany([keys.actual(web), keys.audit(web, 1), keys.auditHead(web)]);
    expect([...entries.values()].map((entry) => entry.modRevision)).toEqual([revision, revision, revision]);
  });

  test.each([
    { change: () => 'unchanged' as const, reason: 'it says so' },
    { change: () => sampleActual(), reason: 'it says the same again' },
  ])('writes nothing when nothing changes and there is nothing to tell: $reason', async ({ change }) => {
    const { state, store } = createTestState();
    await state.changeActual(web, () => sampleActual());
    const { commits } = store;
    expect((await state.changeActual(web, change)).written).toBe(false);
    expect(store.commits).toBe(commits);
  });

  test('an event without a change leaves actual as it is', async () => {
    const { state } = createTestState();
    const { revision } = await state.changeActual(web, () => sampleActual());
    await state.changeActual(web, () => 'unchanged', event);
    expect((await state.resources.read(web)).actual?.modRevision).toBe(revision);
    expect(await state.audit.list(web)).toHaveLength(1);
  });

  test('undefined removes the record; where there is none it writes nothing', async () => {
    const { state } = createTestState();
    await state.changeActual(web, () => sampleActual());
    expect((await state.changeActual(web, () => undefined)).written).toBe(true);
    expect((await state.resources.read(web)).actual).toBeUndefined();
    expect((await state.changeActual(web, () => undefined)).written).toBe(false);
  });

  test('another writer first → changed again on top of what it wrote', async () => {
    const { state, store } = createTestState();
    await state.changeActual(web, () => sampleActual());
    store.faults.push({
      before: () =>
        state.changeActual(web, (current) => ({ ...current!, status: { ...current!.status, drifted: true } })),
    });
    await state.changeActual(web, (current) => ({ ...current!, status: { ...current!.status, failures: 7 } }));
    expect((await state.resources.read(web)).actual?.record.status).toMatchObject({ drifted: true, failures: 7 });
  });

  describe('with the revisions it was judged by', () => {
    const put = (key: string, value: string) => ({ type: 'put', key, value }) as const;
    const judged = async () => {
      const { state, store } = createTestState();
      await state.resources.putDesired(sampleResource());
      await state.changeActual(web, () => sampleActual({ failures: 1 }));
      const { desired, actual } = await state.resources.read(web);
      const grounds = { desiredRevision: desired!.modRevision, actualRevision: actual!.modRevision };
      return { state, store, grounds };
    };

    test('is made while both halves stand at them', async () => {
      const { state, grounds } = await judged();
      await state.changeActual(web, () => sampleActual({ failures: 2 }), event, grounds);
      expect((await state.resources.read(web)).actual?.record.status.failures).toBe(2);
    });

    test.each([
      { half: 'desired', key: keys.desired(web), other: sampleResource('web', { size: 2 }) },
      { half: 'actual', key: keys.actual(web), other: sampleActual({ failures: 7 }) },
    ])('is refused when $half moved, though this process was not told', async ({ key, other, half }) => {
      const { state, store, grounds } = await judged();
      await store.commit([], [put(key, JSON.stringify(other))]);
      const changing = state.changeActual(web, () => sampleActual({ failures: 2 }), event, grounds);
      await expect(changing).rejects.toMatchObject({ code: 'STALE_REVISION', problem: expect.stringContaining(half) });
      expect(await state.audit.list(web)).toEqual([]);
    });

    test('is refused when what was absent was made and removed again', async () => {
      const { state, store, grounds } = await judged();
      const absent = { desiredRevision: 0, actualRevision: grounds.actualRevision };
      await store.commit([], [{ type: 'delete', key: keys.desired(web) }]);
      await store.commit([], [put(keys.actual(web), JSON.stringify(sampleActual()))]);
      await expect(state.changeActual(web, () => undefined, event, absent)).rejects.toMatchObject({
        code: 'STALE_REVISION',
      });
      expect((await state.resources.read(web)).actual).toBeDefined();
    });

    test('is written once when the answer is lost', async () => {
      const { state, store, grounds } = await judged();
      store.faults.push('lost-answer');
      await state.changeActual(web, () => sampleActual({ failures: 2 }), event, grounds);
      expect(await state.audit.list(web)).toHaveLength(1);
    });
  });

  test('a lost answer, with others going on from there, writes the event once', async () => {
    const { state, store } = createTestState();
    store.faults.push({
      afterLost: () => state.changeActual(web, () => sampleActual({ failures: 2 }), { ...event, runId: 'other' }),
    });
    await state.changeActual(web, () => sampleActual({ failures: 1 }), event);
    expect((await state.audit.list(web)).map(({ runId }) => runId)).toEqual([scope.runId, 'other']);
    expect(await state.audit.verify(web)).toBeUndefined();
  });

  describe('a chain whose head was lost', () => {
    const lost = [
      { write: { type: 'delete', key: keys.auditHead(web) }, reason: 'it is gone' },
      { write: { type: 'put', key: keys.auditHead(web), value: 'nonsense' }, reason: 'it is no JSON' },
      { write: { type: 'put', key: keys.auditHead(web), value: '{}' }, reason: 'it says nothing' },
    ] as const;
    const tell = (state: State, runId: string) => state.changeActual(web, () => 'unchanged', { ...event, runId });

    test.each(lost)('goes on after its newest record: $reason', async ({ write }) => {
      const { state, store } = createTestState();
      for (const runId of ['1', '2']) await tell(state, runId);
      await store.commit([], [write]);
      await tell(state, '3');
      expect((await state.audit.list(web)).map(({ seq, runId }) => `${seq} ${runId}`)).toEqual(['1 1', '2 2', '3 3']);
      expect(await state.audit.verify(web)).toBeUndefined();
    });

    test('is not begun anew where its first records are in the archive', async () => {
      const { state, store } = createTestState({ archive: async () => undefined });
      for (let index = 1; index <= 201; index += 1) await tell(state, `${index}`);
      await state.audit.trim();
      await store.commit([], [lost[0].write]);
      await tell(state, 'after');
      expect((await state.audit.list(web)).at(-1)).toMatchObject({ seq: 202, runId: 'after' });
      expect(await state.audit.verify(web)).toBeUndefined();
    });

    test('and whose newest record is broken → AUDIT_BROKEN, which names the key and is final', async () => {
      const { state, store } = createTestState();
      await tell(state, '1');
      const key = keys.audit(web, 1);
      await store.commit([], [lost[0].write, { type: 'put', key, value: 'nonsense' }]);
      await expect(tell(state, '2')).rejects.toMatchObject({ code: 'AUDIT_BROKEN', path: key, retryable: false });
    });

    test('is looked for only then: a new resource costs no more', async () => {
      const { state, store } = createTestState();
      const lists = vi.spyOn(store, 'list');
      for (const runId of ['1', '2']) await tell(state, runId);
      expect(lists).not.toHaveBeenCalled();
    });
  });

  test('many at once make one whole chain', async () => {
    const { state } = createTestState();
    await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        state.changeActual(web, () => 'unchanged', { ...event, runId: `${index}` }),
      ),
    );
    expect((await state.audit.list(web)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await state.audit.verify(web)).toBeUndefined();
  });
});
