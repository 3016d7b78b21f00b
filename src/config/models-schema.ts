import { z } from 'zod';
import { answerDialects, modelProviders, type Complexity, type ModelProvider } from '../domain/model-route.ts';
import { planningWays } from '../domain/published.ts';
import { defaultModels, defaultPrices } from './model-defaults.ts';
import { count, duration, flag, list, number, plainUrl, secret, text } from './schema-parts.ts';

/**
 * The section `models` of `homeostat.yaml`. A provider counts as configured when it can be asked: Anthropic and OpenAI by
 * a key, Ollama by an address.
 *
 *     models:
 *       order: [ollama, anthropic]
 *       anthropic: { apiKey: …, high: claude-opus-5-5 }
 *       openai: { apiKey: …, low: { model: gpt-4-turbo, answers: tool } }
 *       ollama: { baseUrl: 'http://127.0.0.1:11434' }
 */

const dialect = z.enum(answerDialects);

/** One model for one level of complexity: its name alone, or with how it gives answers. */
const slot = (provider: ModelProvider, complexity: Complexity, description: string) =>
  z
    .union([
      z
        .string()
        .min(1)
        .transform((model) => ({ model })),
      z.strictObject({ model: z.string().min(1), answers: dialect.optional() }),
    ])
    .prefault(defaultModels[provider][complexity])
    .meta({ description, format: 'model' });

const provider = (name: ModelProvider, idle: string, concurrency: number) => ({
  low: slot(name, 'low', 'Small and fast: for status checks and simple changes.'),
  medium: slot(name, 'medium', 'For provisioning of one resource.'),
  high: slot(name, 'high', 'The capable one: for several resources at once, and for diagnosis.'),
  answers: dialect
    .default('schema')
    .describe(
      'How its models give answers, where a slot does not say: held to a `schema`, by a call of a `tool`, or as `text`.',
    ),
  idle: duration(idle, 'Silence after which a call is given up. More than 5m has no effect.'),
  callsPerMinute: number(z.number().positive())
    .optional()
    .describe(
      'Conversations a minute over all workers; each is one call, up to three when its answers must be mended. Without it no limit.',
    ),
  concurrency: count(concurrency, 'Calls at once, per worker.'),
});

const takesTemperature = (standard: boolean) =>
  flag(standard, 'Whether its models take a temperature; many refuse a request that has one.');
const dollars = z.number().min(0);

export const modelsSchema = z
  .strictObject({
    order: list
      .pipe(z.array(z.enum(modelProviders)).min(1))
      .default([...modelProviders])
      .describe('Providers by preference, best first. One that is not configured or not named here is not asked.'),
    deadline: duration('5m', 'Time for one complete answer.'),
    planning: z
      .record(z.string(), z.enum(planningWays))
      .default({})
      .describe(
        'How agents plan, by name: `rules-first` asks a model only for what no rule knows, `model` for every change. Without it as the agent says.',
      ),
    planLifetime: duration('1h', 'How long the same question is answered by the plan that is on record.'),
    // One that was left empty is a mistake, and not no money at all.
    dailyBudget: number(z.number().positive())
      .optional()
      .describe(
        'Dollars a tenant may spend a day (UTC), by the prices below. Then its questions wait. Without it no limit.',
      ),
    transcripts: z
      .strictObject({
        folder: text('Folder for what was said with models. Without it `transcripts` with the data.'),
        key: secret('Key to encrypt it with. Without it only the file permissions protect it.'),
        keepFor: duration('30d', 'How long it is kept.'),
      })
      .prefault({}),
    anthropic: z
      .strictObject({
        apiKey: secret('Key for Anthropic. Without it Anthropic is not asked.'),
        baseUrl: plainUrl.default('https://api.anthropic.com').describe('Where Anthropic is reached.'),
        ...provider('anthropic', '2m', 8),
      })
      .prefault({}),
    openai: z
      .strictObject({
        apiKey: secret('Key for OpenAI. Without it OpenAI is not asked.'),
        baseUrl: plainUrl
          .default('https://api.openai.com/v1')
          .describe('Where OpenAI is reached, or any server that speaks chat completions.'),
        takesTemperature: takesTemperature(false),
        ...provider('openai', '2m', 8),
      })
      .prefault({}),
    ollama: z
      .strictObject({
        baseUrl: plainUrl.optional().describe('Where Ollama is reached. Without it Ollama is not asked.'),
        takesTemperature: takesTemperature(true),
        contextTokens: number(z.number().int().min(2_048).max(2_000_000))
          .default(16_384)
          .describe('Tokens of context to set up. Longer prompts are cut in silence by Ollama.'),
        // The first answer waits for the model to be loaded.
        ...provider('ollama', '5m', 1),
      })
      .prefault({}),
    prices: z
      .record(z.string(), z.strictObject({ input: dollars, output: dollars, cached: dollars.optional() }))
      .default({})
      .transform((given) => ({ ...defaultPrices, ...given }))
      .describe("Dollars for a million tokens, by the model's name. Known for the models above."),
  })
  .prefault({});

export type ModelsConfig = z.output<typeof modelsSchema>;
