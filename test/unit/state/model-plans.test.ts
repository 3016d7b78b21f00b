import { beforeEach, describe, expect, test } from 'vitest';
import type { ModelUsage } from '../../../src/domain/model-usage.ts';
import type { State } from '../../../src/state/state.ts';
import { createTestState, scope, web } from './samples.ts';

const usage: ModelUsage = { calls: 1, inputTokens: 10, outputTokens: 5, cachedTokens: 2, costMicros: 100 };
const dayMs = 24 * 60 * 60 * 1_000;

let clock: number;
let state: State;
beforeEach(() => {
  clock = Date.parse('2026-11-21T23:00:00.000Z');
  state = createTestState({ now: () => new Date(clock) }).state;
});
/** A plan with its two blobs, as the activity keeps it. */
async function keep(identity: string, { tenant = 'default', agent = 'widgets' } = {}) {
  const question = await state.blobs.put(tenant, `question ${identity}`);
  const answer = await state.blobs.put(tenant, `answer ${identity}`);
  const plan = { identity, question, answer };
  await state.modelPlans.account({ resource: { ...web, tenant }, agent, usage, plan, detail: { model: 'm' } }, scope);
  return plan;
}

describe('a plan on record', () => {
  test('is found while it is young enough, in its tenant alone', async () => {
    const { question, answer } = await keep('one');
    clock += 1_000;
    expect(await state.modelPlans.find('default', 'one', 1_000)).toMatchObject({ question, answer, usage });
    expect(await state.modelPlans.find('default', 'one', 999)).toBeUndefined();
    expect(await state.modelPlans.find('blue', 'one', 1_000)).toBeUndefined();
  });

  test('is renewed and counted when the same is answered again, after its time', async () => {
    const { answer } = await keep('one');
    clock += 2_000;
    expect(await state.modelPlans.find('default', 'one', 1_000)).toBeUndefined();
    await keep('one');
    const madeAt = new Date(clock).toISOString();
    expect(await state.modelPlans.find('default', 'one', 1_000)).toMatchObject({ answer, madeAt });
    expect((await state.modelPlans.spentToday('default')).total.calls).toBe(2);
    expect(await state.audit.list(web)).toHaveLength(2);
  });

  test('is not made by what gave no plan; that counts each time', async () => {
    const wasted = { resource: web, agent: 'widgets', usage, detail: { error: 'no plan' } };
    await state.modelPlans.account(wasted, scope);
    await state.modelPlans.account(wasted, scope);
    expect((await state.modelPlans.spentToday('default')).total.calls).toBe(2);
    expect(await state.audit.list(web)).toHaveLength(2);
  });
});

describe('what was spent', () => {
  test('is told by tenant and agent', async () => {
    await keep('one');
    await keep('two', { agent: 'gadgets' });
    await keep('three', { tenant: 'blue' });
    expect(await state.modelPlans.listSpentToday()).toEqual([
      { tenant: 'blue', total: usage, agents: { widgets: usage } },
      {
        tenant: 'default',
        total: { calls: 2, inputTokens: 20, outputTokens: 10, cachedTokens: 4, costMicros: 200 },
        agents: { widgets: usage, gadgets: usage },
      },
    ]);
  });

  test('begins anew at midnight, UTC', async () => {
    await keep('one');
    clock += 2 * 60 * 60 * 1_000;
    expect((await state.modelPlans.spentToday('default')).total.calls).toBe(0);
    expect(await state.modelPlans.listSpentToday()).toEqual([]);
  });
});

describe('letting go', () => {
  test('takes old plans, and leaves young ones; questions and answers go by themselves, for others may need the same', async () => {
    const old = await keep('old');
    clock += 2 * dayMs;
    await keep('young');
    await state.modelPlans.removeOlderThan(dayMs);
    expect(await state.modelPlans.find('default', 'old', 9 * dayMs)).toBeUndefined();
    expect(await state.modelPlans.find('default', 'young', dayMs)).toBeDefined();
    expect(await state.blobs.get('default', old.question)).toBe('question old');
    expect(await state.blobs.get('default', old.answer)).toBe('answer old');
  });

  test('leaves a plan that is renewed meanwhile, and takes the others', async () => {
    const bench = createTestState({ now: () => new Date(clock) });
    const { store } = bench;
    const { list } = store;
    state = bench.state;
    await keep('one');
    await keep('two');
    clock += 2 * dayMs;
    let isRenewed = false;
    store.list = async (prefix, options) => {
      const listed = await list(prefix, options);
      if (!isRenewed) {
        isRenewed = true;
        await keep('one');
      }
      return listed;
    };
    await state.modelPlans.removeOlderThan(dayMs);
    expect(await state.modelPlans.find('default', 'one', dayMs)).toBeDefined();
    expect(await state.modelPlans.find('default', 'two', 9 * dayMs)).toBeUndefined();
  });

  test('takes days that ended longer ago, and not the one that is', async () => {
    await keep('old');
    clock += 3 * dayMs;
    await keep('young');
    await state.modelPlans.removeOlderThan(dayMs);
    const { entries } = await state.store.list(state.keys.modelUsagePrefix);
    expect(entries.map(({ key }) => key.split('/').at(-1))).toEqual(['2026-11-24']);
  });

  test('leaves what was spent today, however short a time things are kept', async () => {
    await keep('one');
    await state.modelPlans.removeOlderThan(60_000);
    expect((await state.modelPlans.spentToday('default')).total.calls).toBe(1);
  });

  test('takes what is no plan of ours', async () => {
    const key = state.keys.modelPlan('default', 'broken');
    await state.store.commit([], [{ type: 'put', key, value: 'not JSON' }]);
    await state.modelPlans.removeOlderThan(dayMs);
    expect((await state.store.get(key)).entry).toBeUndefined();
  });
});
