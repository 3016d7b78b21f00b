import { modelsSchema, type ModelsConfig } from '../../src/config/models-schema.ts';
import type { AnswerDialect, ModelProvider } from '../../src/domain/model-route.ts';
import { createLanguageModel } from '../../src/llm/create-language-model.ts';
import type { LanguageModel } from '../../src/llm/language-model.ts';
import type { ProviderSettings } from '../../src/llm/provider-settings.ts';
import { anthropicKey, anthropicModel, anthropicOldModel, createFakeAnthropic } from './fake-anthropic.ts';
import type { FakeModelServer } from './fake-model-server.ts';
import { createFakeOllama, ollamaModel } from './fake-ollama.ts';
import { createFakeOpenAi, openAiKey, openAiModel, openAiOldModel } from './fake-openai.ts';

/** One provider under contract: its adapter against its fake. */
export interface ModelSubject {
  readonly provider: ModelProvider;
  readonly createFake: () => FakeModelServer;
  /** The model that answers in a dialect. */
  readonly modelFor: Readonly<Record<AnswerDialect, string>>;
  readonly apiKey?: string;
  readonly basePath: string;
  /** What the provider's cache answered of the fake's usage. */
  readonly cachedTokens: number;
}

export const modelSubjects: readonly ModelSubject[] = [
  {
    provider: 'anthropic',
    createFake: createFakeAnthropic,
    modelFor: { schema: anthropicModel, tool: anthropicOldModel, text: anthropicOldModel },
    apiKey: anthropicKey,
    basePath: '',
    cachedTokens: 80,
  },
  {
    provider: 'openai',
    createFake: createFakeOpenAi,
    modelFor: { schema: openAiModel, tool: openAiOldModel, text: openAiOldModel },
    apiKey: openAiKey,
    basePath: '/v1',
    cachedTokens: 80,
  },
  {
    provider: 'ollama',
    createFake: createFakeOllama,
    modelFor: { schema: ollamaModel, tool: ollamaModel, text: ollamaModel },
    basePath: '',
    cachedTokens: 0,
  },
];

/** A configuration by which the provider's fake is asked, with the same model in all its slots. */
export function modelsOf(
  { provider, apiKey, basePath, modelFor: { schema: model } }: ModelSubject,
  { origin }: FakeModelServer,
  planning: ModelsConfig['planning'] = {},
): ModelsConfig {
  const slots = { low: model, medium: model, high: model };
  const key = apiKey === undefined ? {} : { apiKey };
  return modelsSchema.parse({ planning, [provider]: { baseUrl: `${origin}${basePath}`, ...slots, ...key } });
}

export function adapterOf(
  subject: ModelSubject,
  server: FakeModelServer,
  overrides: Partial<ProviderSettings> = {},
): LanguageModel {
  const answers = overrides.answers ?? 'schema';
  return createLanguageModel(subject.provider, {
    baseUrl: `${server.origin}${subject.basePath}`,
    ...(subject.apiKey === undefined ? {} : { apiKey: subject.apiKey }),
    model: subject.modelFor[answers],
    answers,
    idleMs: 2_000,
    takesTemperature: false,
    ...overrides,
  });
}
