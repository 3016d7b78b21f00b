import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import type { ConfigInput } from '../../../src/config/config-schema.ts';
import { toCodedErrors } from '../../../src/domain/failure.ts';
import { complexities, modelProviders } from '../../../src/domain/model-route.ts';
import { toRouterSettings } from '../../../src/runtime/router-settings.ts';

const load = (environment: Record<string, string>, overrides: ConfigInput = {}) =>
  loadConfig({ environment, overrides }).models;

test('all nine slots are filled, and nobody is asked who was not configured', () => {
  const settings = toRouterSettings(load({}));
  for (const provider of modelProviders) {
    for (const complexity of complexities) expect(settings.slots[provider][complexity]).toMatch(/\w/);
  }
  expect([...settings.configured]).toEqual([]);
  expect(settings.order).toEqual(['anthropic', 'openai', 'ollama']);
});

test("the providers' own variables count, and ours are stronger", () => {
  const models = load({
    ANTHROPIC_API_KEY: 'theirs',
    OPENAI_API_KEY: 'theirs',
    HOMEOSTAT_OPENAI_API_KEY: 'ours',
    OPENAI_BASE_URL: 'http://gateway.internal/v1',
    OLLAMA_HOST: '',
  });
  expect(models.anthropic.apiKey).toBe('theirs');
  expect(models.openai).toMatchObject({ apiKey: 'ours', baseUrl: 'http://gateway.internal/v1' });
  expect([...toRouterSettings(models).configured]).toEqual(['anthropic', 'openai']);
});

test.each([
  ['127.0.0.1', 'http://127.0.0.1:11434'],
  ['0.0.0.0:9999', 'http://127.0.0.1:9999'],
  [':8080', 'http://127.0.0.1:8080'],
  ['gpu-box', 'http://gpu-box:11434'],
  ['http://gpu-box:1234/', 'http://gpu-box:1234'],
  ['https://ollama.example.com', 'https://ollama.example.com'],
])('OLLAMA_HOST=%s is asked at %s', (host, baseUrl) => {
  const models = load({ OLLAMA_HOST: host });
  expect(models.ollama.baseUrl).toBe(baseUrl);
  expect([...toRouterSettings(models).configured]).toEqual(['ollama']);
});

test('a slot is a name, or a name with how that model answers', () => {
  const models = load(
    { HOMEOSTAT_ANTHROPIC_HIGH: 'claude-next', HOMEOSTAT_MODELS_ORDER: 'openai, ollama' },
    { models: { openai: { low: { model: 'gpt-4-turbo', answers: 'tool' } } } },
  );
  expect(models.anthropic.high).toEqual({ model: 'claude-next' });
  expect(models.openai.low).toEqual({ model: 'gpt-4-turbo', answers: 'tool' });
  expect(models.order).toEqual(['openai', 'ollama']);
});

test('prices are known for the standard models, and may be given for others', () => {
  const models = load({}, { models: { prices: { mine: { input: 1, output: 2 } } } });
  expect(models.prices.mine).toEqual({ input: 1, output: 2 });
  for (const provider of ['anthropic', 'openai'] as const) {
    for (const complexity of complexities) expect(models.prices[models[provider][complexity].model]).toBeDefined();
  }
});

test.each([
  [{ HOMEOSTAT_MODELS_ORDER: 'gemini' }, 'models.order[0]'],
  [{ HOMEOSTAT_OPENAI_BASE_URL: 'nowhere' }, 'models.openai.baseUrl'],
  [{ HOMEOSTAT_OLLAMA_BASE_URL: 'http://user:secret@gpu-box' }, 'models.ollama.baseUrl'],
  [{ ANTHROPIC_BASE_URL: 'file:///etc/passwd' }, 'models.anthropic.baseUrl'],
  [{ HOMEOSTAT_ANTHROPIC_ANSWERS: 'yaml' }, 'models.anthropic.answers'],
  [{ HOMEOSTAT_OLLAMA_CONTEXT_TOKENS: '12' }, 'models.ollama.contextTokens'],
])('refuses %o at %s, without showing it', (environment: Record<string, string>, path) => {
  try {
    load(environment);
    expect.unreachable();
  } catch (error) {
    const [found] = toCodedErrors(error);
    expect(found).toMatchObject({ code: 'INVALID_CONFIG', path });
    expect(found?.message).not.toContain('secret');
  }
});
