import { expect, test } from 'vitest';
import { isModelConfigured, readModelVariables } from '../../../eval/approaches/model-environment.ts';
import { environmentFields } from '../../../src/config/environment.ts';

const ofModels = Object.keys(environmentFields).filter((name) => environmentFields[name]!.startsWith('models.'));
const ofOthers = Object.keys(environmentFields).filter((name) => !ofModels.includes(name));

test("every variable of the models is handed on, ours and the providers' own, and no other", () => {
  const theirs = ['ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL', 'OPENAI_API_KEY', 'OPENAI_BASE_URL', 'OLLAMA_HOST'];
  const environment = Object.fromEntries([...ofModels, ...theirs, ...ofOthers, 'PATH'].map((name) => [name, 'x']));
  expect(Object.keys(readModelVariables(environment)).toSorted()).toEqual([...ofModels, ...theirs].toSorted());
});

test.each([
  'HOMEOSTAT_ANTHROPIC_API_KEY',
  'HOMEOSTAT_OPENAI_API_KEY',
  'HOMEOSTAT_OLLAMA_BASE_URL',
  'ANTHROPIC_API_KEY',
])('%s makes a model that can be asked', (name) => {
  expect(isModelConfigured(readModelVariables({ [name]: 'http://127.0.0.1:11434' }))).toBe(true);
});

test('how a model is asked makes none', () => {
  expect(isModelConfigured(readModelVariables({ HOMEOSTAT_OLLAMA_HIGH: 'qwen3:8b' }))).toBe(false);
});
