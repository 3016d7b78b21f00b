import type { ModelsConfig } from '../config/models-schema.ts';
import { complexities, modelProviders, type ModelProvider } from '../domain/model-route.ts';
import type { RouterSettings } from '../llm/router.ts';

/** What the configuration says of the router's nine slots and of who can be asked. */
export function toRouterSettings(models: ModelsConfig): RouterSettings {
  const { order, anthropic, openai, ollama } = models;
  const isConfigured: Readonly<Record<ModelProvider, boolean>> = {
    anthropic: anthropic.apiKey !== undefined,
    openai: openai.apiKey !== undefined,
    ollama: ollama.baseUrl !== undefined,
  };
  const slots = Object.fromEntries(
    modelProviders.map((provider) => [
      provider,
      Object.fromEntries(complexities.map((complexity) => [complexity, models[provider][complexity].model])),
    ]),
  ) as unknown as RouterSettings['slots'];
  return { order, configured: new Set(modelProviders.filter((provider) => isConfigured[provider])), slots };
}

/** Providers that can be asked, in the order of preference. */
export function listProviders(models: ModelsConfig): readonly ModelProvider[] {
  const { order, configured } = toRouterSettings(models);
  return [...new Set(order)].filter((provider) => configured.has(provider));
}
