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

describe('beliefs', () => {
  test('are of all keys that are asked for, or of none', () => {
    const beliefs = createBeliefs();
    beliefs.note([{ type: 'put', key: 'a', value: '1' }], 5);
    expect(beliefs.about(['a'])?.get('a')).toEqual({ key: 'a', value: '1', createRevision: 5, modRevision: 5 });
    expect(beliefs.about(['a', 'b'])).toBeUndefined();
    beliefs.note([{ type: 'put', key: 'b', value: '2' }], 6);
    expect(beliefs.about(['a', 'b'])?.revision).toBe(6);
  });

  test('end with what was deleted, and with too many', () => {
    const beliefs = createBeliefs();
    beliefs.note([{ type: 'put', key: 'a', value: '1' }], 5);
    beliefs.note([{ type: 'delete', key: 'a' }], 6);
    expect(beliefs.about(['a'])).toBeUndefined();
    for (let index = 0; index < 5_000; index += 1) beliefs.note([{ type: 'put', key: `k${index}`, value: '' }], index);
    expect(beliefs.about(['k0'])).toBeUndefined();
    expect(beliefs.about(['k4999'])).toBeDefined();
  });
});
