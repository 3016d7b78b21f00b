import type { Complexity, ModelProvider } from '../domain/model-route.ts';

/*
 * The models and prices of November 2026, from the providers' own pages. Vendors rename and retire models every few
 * months: these are defaults of the configuration and nothing else may name a model.
 */

export const defaultModels: Readonly<Record<ModelProvider, Readonly<Record<Complexity, string>>>> = {
  anthropic: { low: 'claude-haiku-5-5', medium: 'claude-sonnet-5-5', high: 'claude-opus-5-5' },
  openai: { low: 'gpt-6-luna', medium: 'gpt-6.1-terra', high: 'gpt-6.1-sol' },
  ollama: { low: 'llama3.2:3b', medium: 'qwen3:8b', high: 'qwen3:32b' },
};

/** Dollars for a million tokens of short prompts; some providers take more for long ones. */
export const defaultPrices: Readonly<Record<string, { input: number; output: number; cached?: number | undefined }>> = {
  'claude-haiku-5-5': { input: 0.1, cached: 0.01, output: 0.5 },
  'claude-sonnet-5-5': { input: 2, cached: 0.1, output: 10 },
  'claude-opus-5-5': { input: 4, cached: 0.2, output: 20 },
  'gpt-6-luna': { input: 0.1, cached: 0.01, output: 0.5 },
  'gpt-6.1-terra': { input: 1, cached: 0.05, output: 5 },
  'gpt-6.1-sol': { input: 2, cached: 0.1, output: 10 },
};
