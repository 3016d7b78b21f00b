import { expect, test } from 'vitest';
import { createKeys } from '../../../src/domain/keys.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import { createStateOver } from '../../../src/state/state.ts';

const web = { tenant: 'default', kind: 'Instance', name: 'web' };
const scope = 'resource/default/Instance/web';
const freeze = { by: 'ann', reason: 'looking', since: '2026-11-21T00:00:00.000Z' };
const createTestState = () => createStateOver(createMemoryStore(), createKeys('/test'));

test('the first freeze of a scope stands, and the same again changes nothing', async () => {
  const state = createTestState();
  expect(await state.freezes.freeze(scope, freeze)).toBe(true);
  expect(await state.freezes.freeze(scope, { ...freeze, by: 'bob' })).toBe(false);
  expect(await state.freezes.list()).toEqual([{ ...freeze, scope }]);
  expect(await state.freezes.find(['all', scope])).toEqual([{ ...freeze, scope }]);
});

test('pause and resume of one resource stand in its audit chain, once each', async () => {
  const state = createTestState();
  await state.freezes.freeze(scope, freeze);
  await state.freezes.freeze(scope, freeze);
  await state.freezes.thaw(scope, 'bob');
  const audit = await state.audit.list(web);
  expect(audit.map(({ type, detail }) => [type, detail.by])).toEqual([
    ['paused', 'ann'],
    ['resumed', 'bob'],
  ]);
  expect(await state.audit.verify(web)).toBeUndefined();
});

test('what is not frozen cannot be thawed', async () => {
  await expect(createTestState().freezes.thaw('all', 'bob')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a freeze that somebody put by hand holds, whatever its value', async () => {
  const state = createTestState();
  for (const value of ['', '{}', '"x"', '{"by": 7}']) {
    await state.store.commit([], [{ type: 'put', key: state.keys.freeze('all'), value }]);
    expect(await state.freezes.find(['all'])).toEqual([
      { scope: 'all', by: 'unknown', reason: 'no reason given', since: '' },
    ]);
  }
});
