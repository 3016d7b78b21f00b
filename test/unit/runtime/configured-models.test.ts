import { afterEach, expect, test, vi } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import { createChosenModel } from '../../../src/runtime/configured-models.ts';
import { planRequest } from '../../support/model-contract.ts';

afterEach(() => vi.unstubAllGlobals());

const { models } = loadConfig({
  environment: {},
  overrides: {
    models: {
      ollama: {
        baseUrl: 'http://127.0.0.1:1',
        low: { model: 'small', answers: 'tool' },
        medium: { model: 'twin', answers: 'text' },
        high: { model: 'twin', answers: 'tool' },
      },
    },
  },
});

test.each([
  { model: 'small', complexity: 'low', answers: 'tool', reason: 'is in its slot' },
  { model: 'twin', complexity: 'high', answers: 'tool', reason: 'is in two slots' },
  { model: 'small', complexity: 'high', answers: 'tool', reason: 'is in another slot by now' },
  { model: 'of-before', complexity: 'low', answers: 'schema', reason: 'is in no slot any more' },
] as const)('a model that $reason is asked by the name it was chosen by', async ({ model, complexity, answers }) => {
  const asked: unknown[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    asked.push(await request.json());
    throw new Error('told to be away');
  });
  const chosen = createChosenModel(models, { provider: 'ollama', model, complexity });
  await expect(chosen.generate(planRequest())).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
  const by = answers === 'schema' ? { format: expect.anything() } : { tools: expect.anything() };
  expect(asked).toEqual([expect.objectContaining({ model, ...by })]);
});
