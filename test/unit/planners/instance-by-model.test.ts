import { expect, test } from 'vitest';
import { createInstanceAgent } from '../../../src/agents/instance/instance-agent.ts';
import type { Delta } from '../../../src/domain/delta.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { PlanQuestion } from '../../../src/domain/plan-question.ts';
import type { State } from '../../../src/domain/state.ts';
import { createScriptedModel } from '../../../src/llm/scripted-model.ts';
import { planByModel, type ModelPlan } from '../../../src/planners/model-planner.ts';
import { planInstance } from '../../support/scripted-instance-planner.ts';
import { createFakeDriver } from '../agents/fake-driver.ts';

/*
 * An instance with a secret, planned by a model that copies what it is shown: the name of the secret gets through, its
 * value never leaves, and what stands for a value is no value.
 */
const resource = { tenant: 'default', kind: 'Instance', name: 'web' };
const hidden = '(not shown: may be a secret)';
const spec = (env: JsonObject) => ({ driver: 'process', image: 'app', command: ['run'], env, type: 'small' });
const desiredWith = (env: JsonObject): State => ({ resource, spec: spec(env), labels: {}, annotations: {} });

async function plan(
  question: Pick<PlanQuestion, 'delta' | 'desired'>,
  answer: (prompt: string) => object = planInstance,
) {
  const tools = createInstanceAgent([createFakeDriver({})]).tools();
  const model = createScriptedModel(({ messages }) => ({ value: answer(messages[0]!.content) }));
  const { outcome } = await planByModel(model, {
    question: { format: 1, resource, agent: 'instance', policy: 'p', failures: [], ...question },
    purpose: 'Keeps instances.',
    tools,
    judge: async () => [],
    signal: new AbortController().signal,
    deadlineMs: 1_000,
  });
  return { outcome, prompt: model.requests[0]!.messages[0]!.content };
}

const reference = { secretRef: 'db-password' };

test('a plan keeps a secret by its name', async () => {
  const delta: Delta = { type: 'create', changes: [] };
  const { outcome } = await plan({ delta, desired: desiredWith({ DB_PASSWORD: reference, PORT: '80' }) });
  const { steps } = (outcome as { result: ModelPlan }).result;
  expect(steps[0]).toMatchObject({
    toolName: 'provision_instance',
    parameters: { env: { DB_PASSWORD: reference, PORT: '80' } },
  });
});

test('of a changed secret the names are shown, and a plain value is not', async () => {
  const { prompt } = await plan({
    delta: {
      type: 'update',
      changes: [
        { path: 'env.DB_PASSWORD', wanted: reference, observed: 'hunter2' },
        { path: 'env.API_TOKEN.secretRef', wanted: 'new-token', observed: 'old-token' },
        { path: 'env.GREETING', wanted: 'hello', observed: 'good day' },
      ],
    },
    desired: desiredWith({ DB_PASSWORD: reference, API_TOKEN: { secretRef: 'new-token' }, GREETING: 'hello' }),
  });
  for (const shown of ['"db-password"', '"new-token"', '"old-token"', '"good day"', `"observed": "${hidden}"`]) {
    expect(prompt).toContain(shown);
  }
  expect(prompt).not.toContain('hunter2');
});

test.each([
  { mark: hidden, env: { DB_PASSWORD: hidden } },
  { mark: '[secret]', env: { DB: 'postgres://[secret]:5432' } },
  { mark: '… (cut)', env: { LONG: 'aaaa… (cut)' } },
])('a plan with "$mark" for a value is refused', async ({ mark, env }) => {
  const desired = desiredWith({});
  const configure = {
    reasoning: 'as shown',
    steps: [{ toolName: 'configure_instance', parameters: spec(env), description: 'configure', riskLevel: 'moderate' }],
  };
  const { outcome } = await plan({ delta: { type: 'create', changes: [] }, desired }, () => configure);
  expect(outcome).toMatchObject({ type: 'failed', error: { code: 'MODEL_ANSWER_INVALID' } });
  const { message } = (outcome as { error: Error }).error;
  expect(message).toContain(`PLAN_INVALID steps[0].parameters.env.${Object.keys(env)[0]!}: placeholder: ${mark}`);
  expect(message).toContain('{"secretRef": "<its name>"}');
});

test('what only looks like one of our marks, and is wanted so, may be copied', async () => {
  const desired = desiredWith({ SECTION: '[secret]' });
  const { outcome } = await plan({ delta: { type: 'create', changes: [] }, desired });
  expect(outcome).toMatchObject({ type: 'answered', result: { steps: [{ parameters: { env: { SECTION: '[secret]' } } }, {}] } }); // prettier-ignore
});
