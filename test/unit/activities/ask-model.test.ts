import { beforeEach, expect, test } from 'vitest';
import { askModel } from '../../../src/activities/ask-model.ts';
import type { ActivityDependencies, ModelDesk } from '../../../src/activities/dependencies.ts';
import { noModels } from '../../../src/testing/no-models.ts';
import { HomeostatError } from '../../../src/domain/failure.ts';
import type { ModelChoice } from '../../../src/domain/model-route.ts';
import type { PlanQuestion } from '../../../src/domain/plan-question.ts';
import { ProviderError } from '../../../src/llm/provider-errors.ts';
import { createScriptedModel, type ScriptedModel } from '../../../src/llm/scripted-model.ts';
import { box, createBench } from './activity-bench.ts';
import { goodAnswer, question } from './model-samples.ts';

const choice: ModelChoice = { provider: 'ollama', model: 'm', complexity: 'low', reason: 'simple change: low' };
const bad = { text: 'I would rather not say' };

let bench: ReturnType<typeof createBench>;
let model: ScriptedModel;
let kept: string[];
beforeEach(() => {
  bench = createBench();
  model = createScriptedModel([goodAnswer]);
  kept = [];
});

const desk = (change: Partial<ModelDesk> = {}): ActivityDependencies => ({
  ...bench.dependencies,
  models: {
    ...noModels,
    modelOf: () => model,
    costMicros: () => 7,
    transcripts: { put: async (_, { outcome }) => `transcript-${kept.push(outcome)}` },
    settings: { planLifetimeMs: 60_000, deadlineMs: 1_000 },
    ...change,
  },
});
const put = (asked: PlanQuestion) => bench.state.blobs.put('default', JSON.stringify(asked));
const ask = async (dependencies = desk(), asked: PlanQuestion = question, chosen = choice, scope = bench.scope) => {
  const digest = await put(asked);
  return askModel(dependencies, scope, { ...bench.reference, question: digest, choice: chosen });
};
const spent = async () => (await bench.state.modelPlans.spentToday('default')).total;

test('what was answered once is answered from the record, however often the activity runs', async () => {
  const first = await ask();
  const again = await ask(desk(), question, { ...choice, reason: 'stands in for another' });
  expect(first).toMatchObject({ reused: false, choice, notes: [], transcript: 'transcript-1' });
  expect(again).toEqual({ ...first, reused: true });
  expect(model.requests).toHaveLength(1);
  expect(await spent()).toMatchObject({ calls: 1, costMicros: 7 });
  const audit = await bench.state.audit.list(box);
  expect(audit.map(({ type }) => type)).toEqual(['model-asked']);
});

test('another question, or the same of another model, is asked', async () => {
  model = createScriptedModel([goodAnswer, goodAnswer, goodAnswer]);
  await ask();
  await ask(desk(), { ...question, failures: ['make_box failed'] });
  await ask(desk(), question, { ...choice, model: 'bigger', complexity: 'medium' });
  model.assertUsedUp();
});

test('a plan that is too old, or whose answer is gone, is asked for anew', async () => {
  model = createScriptedModel([goodAnswer, goodAnswer]);
  const { answer } = await ask();
  await bench.store.commit([], [{ type: 'delete', key: bench.keys.blob('default', answer) }]);
  expect(await ask()).toMatchObject({ answer, reused: false });
  model.assertUsedUp();
  model = createScriptedModel([goodAnswer]);
  await ask(desk({ settings: { planLifetimeMs: -1, deadlineMs: 1_000 } }));
  model.assertUsedUp();
  expect(await spent()).toMatchObject({ calls: 3, costMicros: 21 });
});

test('answers without a plan are paid for, kept and asked for again', async () => {
  model = createScriptedModel([bad, bad, bad, goodAnswer]);
  await expect(ask()).rejects.toMatchObject({ code: 'MODEL_ANSWER_INVALID' });
  expect(await spent()).toMatchObject({ calls: 3 });
  expect(kept).toEqual([expect.stringContaining('MODEL_ANSWER_INVALID')]);
  expect(await ask()).toMatchObject({ reused: false });
  expect(await spent()).toMatchObject({ calls: 4 });
});

test('a provider that gives no answer is on record with its reason, at no cost', async () => {
  model = createScriptedModel([new HomeostatError('MODEL_UNAVAILABLE', { path: 'models.ollama', problem: 'gone' })]);
  await expect(ask(desk({ costMicros: (_, { inputTokens }) => inputTokens }))).rejects.toMatchObject({
    code: 'MODEL_UNAVAILABLE',
  });
  const [record, ...more] = await bench.state.audit.list(box);
  expect(more).toEqual([]);
  expect(record).toMatchObject({
    type: 'model-asked',
    detail: { ...choice, calls: 0, costMicros: 0, error: 'MODEL_UNAVAILABLE models.ollama: gone' },
  });
  expect(kept).toEqual([]);
  expect(await bench.state.modelPlans.listSpentToday()).toEqual([]);
});

test('an answer that broke off is on record with what it cost, and has a transcript', async () => {
  const whom = { provider: 'ollama', model: 'm', baseUrl: 'http://none' } as const;
  const cut = new ProviderError('MODEL_UNAVAILABLE', whom, { message: 'the stream ended' });
  cut.usage = { inputTokens: 11, outputTokens: 2, cachedTokens: 0 };
  model = createScriptedModel([cut]);
  await expect(ask(desk({ costMicros: (_, { inputTokens }) => inputTokens }))).rejects.toBe(cut);
  expect(await spent()).toMatchObject({ calls: 1, inputTokens: 11, outputTokens: 2, costMicros: 11 });
  expect(kept).toEqual([cut.message]);
});

test('a reason is on record however it would be cut in the middle of a character', async () => {
  model = createScriptedModel([new Error(`${'x'.repeat(499)}🦊`)]);
  await expect(ask()).rejects.toThrow();
  const [record] = await bench.state.audit.list(box);
  expect(record?.detail.error).toBe('x'.repeat(499));
});

test('who is interrupted by the end of the runtime has not been asked in vain', async () => {
  const ended = { ...bench.scope, signal: AbortSignal.abort() };
  await expect(ask(desk(), question, choice, ended)).rejects.toThrow();
  expect(await bench.state.audit.list(box)).toEqual([]);
});

test('a plan that was paid for is not lost with its transcript', async () => {
  const full = { put: () => Promise.reject(new Error('no space left')) };
  const asked = await ask(desk({ transcripts: full }));
  expect(asked).not.toHaveProperty('transcript');
  expect(await ask(desk({ transcripts: full }))).toEqual({ ...asked, reused: true });
});

test('nobody is asked while what is answered cannot be put on record', async () => {
  const full = { putFor: () => Promise.reject(new HomeostatError('STORE_FULL', { problem: 'no space' })) };
  const digest = await put(question);
  bench = createBench({ store: { ...bench.store, ...full } });
  await expect(askModel(desk(), bench.scope, { ...bench.reference, question: digest, choice })).rejects.toMatchObject({
    code: 'STORE_FULL',
  });
  expect(model.requests).toEqual([]);
});

test('over the budget nobody is asked, and what is on record is used all the same', async () => {
  await ask(desk({ costMicros: () => 100 }));
  const poor = desk({ settings: { planLifetimeMs: 60_000, deadlineMs: 1_000, budgetMicros: 100 } });
  expect(await ask(poor)).toMatchObject({ reused: true });
  await expect(ask(poor, { ...question, policy: 'q' })).rejects.toMatchObject({ code: 'BUDGET_SPENT' });
  expect(model.requests).toHaveLength(1);
});

test('a question that is gone is no reason to ask', async () => {
  const gone = { ...bench.reference, question: 'f'.repeat(64), choice };
  await expect(askModel(desk(), bench.scope, gone)).rejects.toMatchObject({ code: 'PLANNING_FAILED' });
  expect(model.requests).toEqual([]);
});
