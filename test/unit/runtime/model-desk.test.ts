import { expect, test } from 'vitest';
import { createAgentRegistry } from '../../../src/agents/agent-registry.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { createScriptedModel } from '../../../src/llm/scripted-model.ts';
import { createModelDesk, type CreateModel } from '../../../src/runtime/model-desk.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { goodPlan, planRequest } from '../../support/model-contract.ts';

const open = (diagnosis: 'models' | 'rules' = 'models', countModelCall = () => {}, createModel?: CreateModel) => {
  const models = { order: ['ollama'], ollama: { baseUrl: 'http://127.0.0.1:1' } };
  const config = loadConfig({ environment: {}, overrides: { models, heal: { diagnosis } } });
  const transcripts = { put: () => Promise.reject(new Error('unused')) } as never;
  const said = { log: createLogger('silent'), telemetry: { countModelCall } };
  return createModelDesk(config, createAgentRegistry([]), transcripts, said, createModel);
};
const routeFor = (diagnosis: 'models' | 'rules', purpose: 'change' | 'diagnosis') =>
  open(diagnosis)
    .route({ purpose })
    .map(({ complexity }) => complexity);

test('faults are diagnosed by the biggest models, unless that is for rules alone; changes are planned all the same', () => {
  expect(routeFor('models', 'diagnosis')).toEqual(['high']);
  expect(routeFor('rules', 'diagnosis')).toEqual([]);
  expect(routeFor('rules', 'change')).not.toEqual([]);
});

test('an answer is not lost with its metric', async () => {
  const fail = () => {
    throw new Error('a counter only grows');
  };
  const desk = open('models', fail, () => createScriptedModel([{ value: goodPlan }, new Error('gone')]));
  const model = desk.modelOf({ provider: 'ollama', model: 'm', complexity: 'low', reason: 'r' });
  expect((await model.generate(planRequest())).value).toEqual(goodPlan);
  await expect(model.generate(planRequest())).rejects.toThrow('gone');
});
