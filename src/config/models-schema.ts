import { z } from 'zod';
import { answerDialects, modelProviders, type Complexity, type ModelProvider } from '../domain/model-route.ts';
import { defaultModels, defaultPrices } from './model-defaults.ts';
import { count, duration, listOf } from './schema-parts.ts';

/**
 * The section `models` of `homeostat.yaml`:
 *
 *     models:
 *       order: [ollama, anthropic]
 *       anthropic: { apiKey: …, high: claude-opus-5-5 }
 *       openai: { apiKey: …, low: { model: gpt-4-turbo, answers: tool } }
 *       ollama: { baseUrl: 'http://127.0.0.1:11434' }
 *
 * A provider counts as configured when it can be asked: Anthropic and OpenAI by a key, Ollama by an address.
 */

/** One model for one level of complexity: its name alone, or with how it gives answers. */
const slot = (provider: ModelProvider, complexity: Complexity) =>
  z
    .union([
      z
        .string()
        .min(1)
        .transform((model) => ({ model })),
      z.strictObject({ model: z.string().min(1), answers: z.enum(answerDialects).optional() }),
    ])
    .prefault(defaultModels[provider][complexity]);

const baseUrl = z.url({ protocol: /^https?$/ }).refine((text) => {
  const url = URL.parse(text);
  return url === null || (url.username === '' && url.password === '');
}, 'must not hold a user name or password');

const provider = (name: ModelProvider, idle: string, concurrency: number) => ({
  /** Small and fast: status checks, simple changes. */
  low: slot(name, 'low'),
  /** Standard: provisioning of one resource. */
  medium: slot(name, 'medium'),
  /** Capable: several resources at once, diagnosis. */
  high: slot(name, 'high'),
  /** How models of this provider give answers, where a slot does not say. `tool` and `text` for older or smaller ones. */
  answers: z.enum(answerDialects).default('schema'),
  /** Silence after which a call is given up. More than 5m has no effect. */
  idle: duration(idle),
  /** Calls a minute over all workers; without it no limit. */
  callsPerMinute: z.coerce.number().positive().optional(),
  /** Calls at once, per worker. */
  concurrency: count(concurrency),
});

const apiKey = z.string().min(1).optional();
/** Whether these models take a temperature; current ones refuse a request that has one. */
const takesTemperature = (standard: boolean) => z.stringbool().or(z.boolean()).default(standard);
const dollars = z.number().min(0);

export const modelsSchema = z
  .strictObject({
    /** Preference, best first. Only configured providers are asked; one that is not named here is not. */
    order: listOf(z.enum(modelProviders)).default([...modelProviders]),
    /** Time for one complete answer. */
    deadline: duration('5m'),
    anthropic: z
      .strictObject({
        apiKey,
        baseUrl: baseUrl.default('https://api.anthropic.com'),
        ...provider('anthropic', '2m', 8),
      })
      .prefault({}),
    openai: z
      .strictObject({
        apiKey,
        /** Any server that speaks chat completions will do. */
        baseUrl: baseUrl.default('https://api.openai.com/v1'),
        takesTemperature: takesTemperature(false),
        ...provider('openai', '2m', 8),
      })
      .prefault({}),
    ollama: z
      .strictObject({
        baseUrl: baseUrl.optional(),
        takesTemperature: takesTemperature(true),
        /** Tokens of context to set up. Ollama's own standard is small, and it cuts a longer prompt in silence. */
        contextTokens: z.coerce.number().int().min(2_048).max(2_000_000).default(16_384),
        // The first answer waits for the model to be loaded.
        ...provider('ollama', '5m', 1),
      })
      .prefault({}),
    /** Dollars for a million tokens, by the model's name; known for the models above. */
    prices: z
      .record(z.string(), z.strictObject({ input: dollars, output: dollars, cached: dollars.optional() }))
      .default({})
      .transform((given) => ({ ...defaultPrices, ...given }) as typeof given),
  })
  .prefault({});

export type ModelsConfig = z.output<typeof modelsSchema>;
