import type { ModelsConfig } from '../config/models-schema.ts';
import { complexities, type ModelChoice } from '../domain/model-route.ts';
import { createLanguageModel } from '../llm/create-language-model.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import type { ProviderSettings } from '../llm/provider-settings.ts';

/**
 * The model that the router chose, ready to be asked: by the name it was chosen by, whatever is configured here by now. It
 * may have been chosen by another runtime, or before a restart.
 */
export function createChosenModel(models: ModelsConfig, choice: Omit<ModelChoice, 'reason'>): LanguageModel {
  return createLanguageModel(choice.provider, toProviderSettings(models, choice));
}

function toProviderSettings(
  models: ModelsConfig,
  { provider, model, complexity }: Omit<ModelChoice, 'reason'>,
): ProviderSettings {
  const section = models[provider];
  const slot = [complexity, ...complexities].map((level) => section[level]).find((one) => one.model === model);
  return {
    baseUrl: section.baseUrl ?? '',
    model,
    answers: (slot !== undefined && 'answers' in slot ? slot.answers : undefined) ?? section.answers,
    idleMs: section.idle,
    takesTemperature: 'takesTemperature' in section && section.takesTemperature,
    ...('apiKey' in section && section.apiKey !== undefined ? { apiKey: section.apiKey } : {}),
    ...('contextTokens' in section ? { contextTokens: section.contextTokens } : {}),
  };
}
