import type { ModelProvider } from '../domain/model-route.ts';
import { createAnthropicModel } from './anthropic.ts';
import type { LanguageModel } from './language-model.ts';
import { createOllamaModel } from './ollama.ts';
import { createOpenAiModel } from './openai.ts';
import type { ProviderSettings } from './provider-settings.ts';

const adapters: Readonly<Record<ModelProvider, (settings: ProviderSettings) => LanguageModel>> = {
  anthropic: createAnthropicModel,
  openai: createOpenAiModel,
  ollama: createOllamaModel,
};

/** The adapter for one model of a provider. Connects to nothing before it is asked. */
export function createLanguageModel(provider: ModelProvider, settings: ProviderSettings): LanguageModel {
  return adapters[provider](settings);
}
