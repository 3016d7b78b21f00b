import { beforeEach, describe, expect, test } from 'vitest';
import { createBeliefs } from '../../../src/state/beliefs.ts';
import { createKeys } from '../../../src/domain/keys.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import { createStateOver, type State } from '../../../src/state/state.ts';
import type { Store } from '../../../src/state/store.ts';

const keys = createKeys('/test');
const resource = { tenant: 'default', kind: 'Thing', name: 'a' };
const event = (type: string) => ({ type: 'run-recorded', workflowId: 'w', runId: 'r', detail: { type } }) as const;
let store: Store;
let reads = 0;
const open = (): State =>
  createStateOver(
    {
      ...store,
      getMany: (asked) => {
        reads += 1;
        return store.getMany(asked);
      },
    },
    keys,
  );
beforeEach(() => {
  store = createMemoryStore();
  reads = 0;
});
const say = (state: State, type: string) => state.changeActual(resource, () => 'unchanged', event(type));

describe('what a process wrote itself', () => {
  test('it need not read again to write after it', async () => {
    const state = open();
    await say(state, 'first');
    const before = reads;
    await say(state, 'second');
    await say(state, 'third');
    // Actual was never written, so it is looked at each time; the head of the chain is not.
    expect(reads - before).toBe(2);
    expect(await state.audit.verify(resource)).toBeUndefined();
  });

  test('is not believed against what somebody else has written since', async () => {
    const [one, other] = [open(), open()];
    await say(one, 'one');
    await say(other, 'other');
    await say(one, 'one again');
    await say(other, 'other again');
    expect((await one.audit.list(resource)).map(({ detail }) => detail.type)).toEqual([
      'one',
      'other',
      'one again',
      'other again',
    ]);
    expect(await one.audit.verify(resource)).toBeUndefined();
  });
});

describe('what a process has read', () => {
  test('it need not read again to write, also where nothing stood', async () => {
    const state = open();
    expect(await state.resources.read(resource)).toMatchObject({ freezes: [] });
    await say(state, 'first');
    expect(reads).toBe(1);
    expect(await state.audit.verify(resource)).toBeUndefined();
  });

  test('is remembered of both halves, and only once both are known', async () => {
    const state = open();
    expect(state.resources.remembered(resource)).toBeUndefined();
    const { revision } = await store.commit([], [{ type: 'put', key: keys.desired(resource), value: '{"a":1}' }]);
    await state.resources.read(resource);
    await store.commit([], [{ type: 'delete', key: keys.desired(resource) }]);
    const remembered = state.resources.remembered(resource);
    expect(remembered).toMatchObject({ desired: { value: { a: 1 }, modRevision: revision } });
    expect(remembered).not.toHaveProperty('actual');
    expect(reads).toBe(1);
  });
});

describe('beliefs', () => {
  const put = (key: string, value = '') => ({ type: 'put', key, value }) as const;

  test('are of all keys that are asked for, or of none', () => {
    const beliefs = createBeliefs();
    beliefs.noteWritten([put('a', '1')], 5);
    expect(beliefs.about(['a'])?.get('a')).toEqual({ key: 'a', value: '1', createRevision: 5, modRevision: 5 });
    expect(beliefs.about(['a', 'b'])).toBeUndefined();
    beliefs.noteWritten([put('b', '2')], 6);
    expect(beliefs.about(['a', 'b'])?.revision).toBe(6);
  });

  test('know that a key is absent from who read it, or deleted it', () => {
    const beliefs = createBeliefs();
    beliefs.noteRead(['a'], new Map(), 3);
    expect(beliefs.about(['a'])).toMatchObject({ revision: 3 });
    expect(beliefs.about(['a'])?.get('a')).toBeUndefined();
    beliefs.noteWritten([put('a')], 5);
    beliefs.noteWritten([{ type: 'delete', key: 'a' }], 6);
    expect(beliefs.about(['a'])?.get('a')).toBeUndefined();
    expect(beliefs.about(['a'])?.revision).toBe(6);
  });

  test('follow a store that was put back to an older revision', () => {
    const beliefs = createBeliefs();
    beliefs.noteWritten([put('a', 'new')], 5);
    beliefs.noteRead(['a'], new Map(), 4);
    expect(beliefs.about(['a'])?.get('a')).toBeUndefined();
  });

  test('end with too many', () => {
    const beliefs = createBeliefs();
    for (let index = 0; index < 5_000; index += 1) beliefs.noteWritten([put(`k${index}`)], index);
    expect(beliefs.about(['k0'])).toBeUndefined();
    expect(beliefs.about(['k4999'])).toBeDefined();
  });
});
