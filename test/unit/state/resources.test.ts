import { describe, expect, test } from 'vitest';
import { createTestState, keys, sampleActual, sampleResource, web } from './samples.ts';

/** A whole actual record but for what is said. */
const stored = (status: object) =>
  JSON.stringify({ ...sampleActual(), status: { ...sampleActual().status, ...status } });
const put = (key: string, value: string) => ({ type: 'put', key, value }) as const;

describe('resources', () => {
  test('putDesired creates and updates', async () => {
    const { state } = createTestState();
    const created = await state.resources.putDesired(sampleResource());
    expect(created.outcome).toBe('created');
    const updated = await state.resources.putDesired(sampleResource('web', { size: 2 }));
    expect(updated.outcome).toBe('updated');
    expect((await state.resources.read(web)).desired).toMatchObject({
      modRevision: updated.revision,
      createRevision: created.revision,
      value: { spec: { size: 2 } },
    });
  });

  test('an expected revision that is not the stored one → STALE_REVISION with both', async () => {
    const { state } = createTestState();
    const { revision } = await state.resources.putDesired(sampleResource(), { expectedRevision: 0 });
    const stale = state.resources.putDesired(sampleResource('web', { size: 2 }), { expectedRevision: 38 });
    await expect(stale).rejects.toMatchObject({ code: 'STALE_REVISION', problem: `have ${revision}, sent 38` });
    await expect(state.resources.deleteDesired(web, { expectedRevision: 38 })).rejects.toMatchObject({
      code: 'STALE_REVISION',
    });
    await state.resources.deleteDesired(web, { expectedRevision: revision });
  });

  test('deleting what is not desired → NOT_FOUND', async () => {
    await expect(createTestState().state.resources.deleteDesired(web)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('a desired value that cannot be read says why, and is never taken for absent', async () => {
    const { state, store } = createTestState();
    await store.commit([], [put(keys.desired(web), '{broken')]);
    const { desired } = await state.resources.read(web);
    expect(desired).toMatchObject({ value: null, fault: { code: 'PARSE_ERROR', path: '1:2' } });
    expect((await state.resources.putDesired(sampleResource())).outcome).toBe('updated');
  });

  test.each([
    { text: 'nonsense', reason: 'not JSON' },
    { text: '[]', reason: 'not an object' },
    { text: '{"status":{}}', reason: 'no settled revision' },
    { text: stored({ conditions: 5 }), reason: 'conditions are no list' },
    { text: stored({ conditions: [null] }), reason: 'a condition is none' },
    { text: stored({ waitingFor: 'Widget/db' }), reason: 'what it waits for is no list' },
    { text: stored({ frozenBy: [{}] }), reason: 'what holds it is no scope' },
  ])('an actual record somebody broke reads as absent: $reason', async ({ text }) => {
    const { state, store } = createTestState();
    await store.commit([], [put(keys.actual(web), text)]);
    expect((await state.resources.read(web)).actual).toBeUndefined();
  });

  test('a list joins both halves at one revision and leaves out what is not asked for or not well formed', async () => {
    const { state, store } = createTestState();
    await state.resources.putDesired(sampleResource('db'));
    await state.resources.putDesired(sampleResource('web'));
    await state.changeActual(web, () => sampleActual());
    await state.changeActual({ ...web, name: 'old' }, () => sampleActual());
    await store.commit(
      [],
      [put(`${keys.desiredPrefix}default/Widget`, '{}'), put(`${keys.desiredPrefix}other/Gadget/x`, '{}')],
    );
    const shown = async (tenant?: string, kind?: string) =>
      (await state.resources.list(tenant, kind)).map(
        ({ key, desired, actual }) => `${key.name}${desired ? ' desired' : ''}${actual ? ' actual' : ''}`,
      );
    expect(await shown('default')).toEqual(['db desired', 'old actual', 'web desired actual']);
    expect(await shown('default', 'Gadget')).toEqual([]);
    expect(await shown(undefined, 'Gadget')).toEqual(['x desired']);
    expect(await shown()).toHaveLength(4);
  });
});
