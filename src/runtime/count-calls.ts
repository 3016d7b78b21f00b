import type { ModelChoice } from '../domain/model-route.ts';
import { toCodedErrors } from '../domain/failure.ts';
import type { LanguageModel, TokenUsage } from '../llm/language-model.ts';
import { usageOfFailure } from '../llm/provider-errors.ts';

/** Told of each call of a model; `outcome` is `answered` or the failure's code. */
export type CountCall = (choice: ModelChoice, outcome: string, usage?: TokenUsage) => void;

/** The same model, each of its calls counted. An answer that is no good, or broke off, was paid for like any other. */
export function countCalls(model: LanguageModel, choice: ModelChoice, count: CountCall): LanguageModel {
  return {
    async generate(request) {
      try {
        const result = await model.generate(request);
        count(choice, 'answered', result.usage);
        return result;
      } catch (error) {
        const outcome = request.signal.aborted ? 'CANCELLED' : (toCodedErrors(error)[0]?.code ?? 'RUNTIME_FAULT');
        count(choice, outcome, usageOfFailure(error));
        throw error;
      }
    },
  };
}
