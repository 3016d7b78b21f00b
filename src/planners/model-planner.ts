import { z } from 'zod';
import { HomeostatError, toCodedErrors } from '../domain/failure.ts';
import type { JsonObject } from '../domain/json.ts';
import type { PlanQuestion } from '../domain/plan-question.ts';
import { maximumSteps, type StepDraft } from '../domain/plan.ts';
import { isRiskLevel, riskLevels } from '../domain/risk.ts';
import type { LanguageModel, ModelMessage, TokenUsage } from '../llm/language-model.ts';
import { ModelAnswerError } from '../llm/model-answer-error.ts';
import { toJsonSchema } from '../tools/tool-schema.ts';
import type { AnyTool } from '../tools/tool.ts';
import { checkPlan } from './check-plan.ts';
import { toRepairPrompt, toSystemPrompt, toUserPrompt } from './plan-prompt.ts';
import { toExecutionPlan } from './to-execution-plan.ts';

export interface ModelPlanRequest {
  readonly question: PlanQuestion;
  /** What the agent is for, in its own words. */
  readonly purpose: string;
  /** The agent's own tools; no others may be named. */
  readonly tools: readonly AnyTool[];
  readonly signal: AbortSignal;
  /** Milliseconds for one answer. */
  readonly deadlineMs: number;
}

export interface ModelPlan {
  readonly steps: readonly StepDraft[];
  readonly reasoning: string;
  readonly usage: TokenUsage;
  /** Answers it took: 1, or more after repairs. */
  readonly calls: number;
}

/** Answers that are no good are sent back this often, with everything that is wrong. */
const maximumRepairs = 2;
const maximumTokens = 8_000;
/** More reasoning is cut: people read it, and nothing is decided by it. */
const shownReasoning = 4_000;

const answerSchema = z.strictObject({
  reasoning: z.string().min(1).describe('Why these steps, in this order'),
  steps: z
    .array(
      z.strictObject({
        toolName: z.string().describe('One of the tools'),
        parameters: z.record(z.string(), z.unknown()).describe('All parameters the tool requires, by its schema'),
        description: z.string().describe('What this step does, in one line'),
        riskLevel: z
          .string()
          .optional()
          .describe(`One of ${riskLevels.join(', ')}`),
      }),
    )
    .describe(`In order, at most ${maximumSteps}`),
});
type Answer = z.infer<typeof answerSchema>;

/**
 * Asks one model for a plan, and executes nothing. The answer goes through the same check as a rule's; what is wrong is
 * sent back at most twice. Throws `MODEL_ANSWER_INVALID` when it still is; a `ProviderError` when the provider does not
 * answer.
 */
export async function planByModel(model: LanguageModel, request: ModelPlanRequest): Promise<ModelPlan> {
  const { question, purpose, tools, signal, deadlineMs } = request;
  const messages: ModelMessage[] = [{ role: 'user', content: toUserPrompt(question) }];
  let usage: TokenUsage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0 };
  let faults: readonly string[] = [];
  for (let calls = 1; calls <= maximumRepairs + 1; calls += 1) {
    let said = 'an answer that could not be read';
    try {
      const result = await model.generate<Answer>({
        system: toSystemPrompt(question.agent, purpose),
        messages,
        tools: tools.map(({ name, description, riskLevel, parameters }) => ({
          name,
          description: `${description} (risk ${riskLevel})`,
          parameters: toJsonSchema(parameters),
        })),
        answer: answerSchema,
        maxTokens: maximumTokens,
        temperature: 0,
        signal,
        deadlineMs,
      });
      usage = addUsage(usage, result.usage);
      said = JSON.stringify(result.value);
      const steps = toDrafts(result.value);
      const reasoning = result.value.reasoning.slice(0, shownReasoning);
      refuseDuplicates(steps);
      checkPlan(toExecutionPlan(steps, tools, reasoning), tools);
      return { steps, reasoning, usage, calls };
    } catch (error) {
      if (error instanceof ModelAnswerError) usage = addUsage(usage, error.usage);
      faults = faultsOf(error);
      if (faults.length === 0) throw error;
    }
    messages.push({ role: 'assistant', content: said }, { role: 'user', content: toRepairPrompt(faults) });
  }
  throw new HomeostatError('MODEL_ANSWER_INVALID', {
    path: 'plan',
    problem: `no usable plan in ${maximumRepairs + 1} answers: ${faults.join('; ').slice(0, 1_000)}`,
  });
}

/** What a model can mend; nothing of anything else, such as a refusal or a provider that is gone. */
function faultsOf(error: unknown): readonly string[] {
  if (error instanceof ModelAnswerError) return error.kind === 'refused' ? [] : error.faults;
  const coded = toCodedErrors(error);
  return coded.every(({ code }) => mendable.has(code)) ? coded.map(({ message }) => message) : [];
}

const mendable = new Set<string>([
  'PLAN_INVALID',
  'PLAN_TOO_LONG',
  'TOO_DEEP',
  'TOO_LARGE',
  'TOO_MANY_ITEMS',
  'FORBIDDEN_KEY',
  'INVALID_UNICODE',
  'INVALID_NUMBER',
]);

/** A claim that is no risk level says nothing; the tool's own level holds in any case. */
function toDrafts({ steps }: Answer): readonly StepDraft[] {
  return steps.map(({ toolName, parameters, description, riskLevel }) => ({
    toolName,
    parameters: parameters as JsonObject,
    description: description.slice(0, 500),
    ...(isRiskLevel(riskLevel) ? { riskLevel } : {}),
  }));
}

function refuseDuplicates(steps: readonly StepDraft[]): void {
  const seen = new Set<string>();
  for (const [index, { toolName, parameters }] of steps.entries()) {
    const same = JSON.stringify([toolName, parameters]);
    if (seen.has(same)) {
      throw new HomeostatError('PLAN_INVALID', {
        path: `steps[${index}]`,
        problem: 'duplicate_step: the same as an earlier one',
      });
    }
    seen.add(same);
  }
}

function addUsage(left: TokenUsage, right: TokenUsage): TokenUsage {
  return {
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    cachedTokens: left.cachedTokens + right.cachedTokens,
  };
}
