import { HomeostatError } from '../domain/failure.ts';
import type { FinishReason, TokenUsage } from './language-model.ts';

/** What can be wrong with an answer, from `empty` to a value of another shape than was asked for (`schema`). */
export type AnswerFault =
  | 'empty'
  | 'refused'
  | 'truncated'
  | 'too_long'
  | 'not_json'
  | 'ambiguous'
  | 'too_many_calls'
  | 'unknown_tool'
  | 'schema';

export interface ModelAnswerDetails {
  readonly kind: AnswerFault;
  /** Where in the answer: `steps[0].parameters.size`. */
  readonly path?: string;
  readonly problem: string;
  readonly got?: unknown;
  readonly remedy?: string;
  /** Everything that is wrong, one line each, for a repair round; the problem alone when it is not given. */
  readonly faults?: readonly string[];
  readonly usage: TokenUsage;
  readonly model: string;
  readonly finishReason: FinishReason;
  readonly rawLength: number;
  /** The answer as it came, cut and without secrets. */
  readonly said: string;
}

/**
 * The model answered, and the answer is no good. Data for the loop of whoever asked: with `kind` and `faults` it can ask
 * for a better one; what the answer cost stands in `usage` all the same. Its message never holds the raw answer, only a
 * cut and escaped piece of it.
 */
export class ModelAnswerError extends HomeostatError {
  readonly kind: AnswerFault;
  readonly faults: readonly string[];
  readonly usage: TokenUsage;
  readonly model: string;
  readonly finishReason: FinishReason;
  readonly rawLength: number;
  readonly #said: string;

  constructor({ kind, faults, usage, model, finishReason, rawLength, said, ...details }: ModelAnswerDetails) {
    super(kind === 'refused' ? 'MODEL_REFUSED' : 'MODEL_ANSWER_INVALID', {
      ...details,
      problem: `${kind}: ${details.problem}`,
    });
    this.name = 'ModelAnswerError';
    this.kind = kind;
    this.faults = faults ?? [this.message];
    this.usage = usage;
    this.model = model;
    this.finishReason = finishReason;
    this.rawLength = rawLength;
    this.#said = said;
  }

  /** To give it back to the model, and for the transcript. No log shows it. */
  get said(): string {
    return this.#said;
  }
}
