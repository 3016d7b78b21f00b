import type { ModelsConfig } from '../config/models-schema.ts';
import type { ModelChoice } from '../domain/model-route.ts';
import { createLanguageModel } from '../llm/create-language-model.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import type { ProviderSettings } from '../llm/provider-settings.ts';

/** The model that the router chose, ready to be asked. */
export function createChosenModel(
  models: ModelsConfig,
  choice: Pick<ModelChoice, 'provider' | 'complexity'>,
): LanguageModel {
  return createLanguageModel(choice.provider, toProviderSettings(models, choice));
}

function toProviderSettings(
  models: ModelsConfig,
  { provider, complexity }: Pick<ModelChoice, 'provider' | 'complexity'>,
): ProviderSettings {
  const section = models[provider];
  const slot = section[complexity];
  return {
    baseUrl: section.baseUrl ?? '',
    model: slot.model,
    answers: ('answers' in slot ? slot.answers : undefined) ?? section.answers,
    idleMs: section.idle,
    takesTemperature: 'takesTemperature' in section && section.takesTemperature,
    ...('apiKey' in section && section.apiKey !== undefined ? { apiKey: section.apiKey } : {}),
    ...('contextTokens' in section ? { contextTokens: section.contextTokens } : {}),
  };
}
