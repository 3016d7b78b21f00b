import type { z } from 'zod';
import type { JsonObject } from '../domain/json.ts';

/** One turn of the conversation. A repair round gives the model its own answer back, and what was wrong with it. */
export interface ModelMessage {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** A tool as a model is told of it. It is named in an answer and never called by the model: plans are data. */
export interface OfferedTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of its parameters. */
  readonly parameters: JsonObject;
}

/** The one request shape for all providers. */
export interface GenerateRequest<Value> {
  /** What the model is to be and do. The same text again costs less where the provider caches prompts. */
  readonly system: string;
  /** Begins with a `user` message. */
  readonly messages: readonly ModelMessage[];
  /** The only tools an answer may name. */
  readonly tools?: readonly OfferedTool[];
  /** What the answer must be. Adapters tell the model of it in their provider's dialect, and check the answer by it. */
  readonly answer: z.ZodType<Value>;
  /** Tokens the model may write, its hidden reasoning included. */
  readonly maxTokens: number;
  /** A wish: models that take no temperature are not sent one. */
  readonly temperature?: number;
  /** Closes the connection; `generate` then throws the signal's reason. */
  readonly signal: AbortSignal;
  /** Whole milliseconds until a complete answer must be there. */
  readonly deadlineMs: number;
}

export interface TokenUsage {
  /** All tokens read, cached ones included. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Those of `inputTokens` that came from the provider's prompt cache. */
  readonly cachedTokens: number;
}

/** Why the model stopped writing. */
export type FinishReason = 'stop' | 'tool_call' | 'length' | 'refused';

export interface GenerateResult<Value> {
  /** Parsed and checked. */
  readonly value: Value;
  readonly usage: TokenUsage;
  /** The model that answered, in the provider's words: often more exact than the name that was asked for. */
  readonly model: string;
  readonly finishReason: FinishReason;
  /** Characters of the answer as it came. */
  readonly rawLength: number;
  /** What the model said beside a tool call, cut; it counts for nothing and may contradict the answer. */
  readonly ignoredText?: string;
}

/**
 * One model of one provider. Called by planners inside activities; does not retry (Temporal does) and keeps nothing
 * between calls.
 *
 * Throws `ModelAnswerError` when the model answered and the answer is no good, which is worth a repair round; a
 * `ProviderError` when the provider did not answer, with what it costs if it had begun to; the signal's reason when it was
 * aborted.
 */
export interface LanguageModel {
  generate<Value>(request: GenerateRequest<Value>): Promise<GenerateResult<Value>>;
}
