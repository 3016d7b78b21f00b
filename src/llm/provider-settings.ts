import type { AnswerDialect } from '../domain/model-route.ts';

/** What an adapter needs to know of its provider and of the one model it asks. */
export interface ProviderSettings {
  readonly baseUrl: string;
  /** Not needed by Ollama. */
  readonly apiKey?: string;
  readonly model: string;
  readonly answers: AnswerDialect;
  /** Milliseconds without a byte after which the provider counts as gone. */
  readonly idleMs: number;
  /** Whether the model takes a temperature; many refuse the whole request for it, and Anthropic's API has none. */
  readonly takesTemperature: boolean;
  /** Tokens of context to set up; Ollama alone is told, and cuts a longer prompt in silence. */
  readonly contextTokens?: number;
}
