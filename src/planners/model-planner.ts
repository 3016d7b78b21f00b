import { z } from 'zod';
import { escapeControls, HomeostatError, HomeostatErrors, showValue, toCodedErrors } from '../domain/failure.ts';
import type { JsonObject } from '../domain/json.ts';
import type { PlanQuestion } from '../domain/plan-question.ts';
import { maximumSteps, type StepDraft } from '../domain/plan.ts';
import { highestRisk, isRiskLevel, RiskLevel, riskLevels } from '../domain/risk.ts';
import type { LanguageModel, ModelMessage, OfferedTool, TokenUsage } from '../llm/language-model.ts';
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
  /** What else is wrong with steps that are well formed, such as names of things that do not exist; a line each. */
  readonly judge: (steps: readonly StepDraft[]) => Promise<readonly HomeostatError[]>;
  readonly signal: AbortSignal;
  /** Milliseconds for one answer. */
  readonly deadlineMs: number;
}

/** What came of asking; what it cost counts either way. */
export interface ModelPlanning {
  readonly outcome:
    | { readonly type: 'planned'; readonly steps: readonly StepDraft[]; readonly reasoning: string }
    /** A `MODEL_ANSWER_INVALID`, or what the provider did. */
    | { readonly type: 'failed'; readonly error: unknown };
  /** What a person should know of the answer, such as claims that were not believed. */
  readonly notes: readonly string[];
  readonly usage: TokenUsage;
  /** Answers there were: 1, or more after repairs. */
  readonly calls: number;
  /** The whole conversation, for the transcript. */
  readonly system: string;
  readonly messages: readonly ModelMessage[];
}

/** All answers together; the activity that asks gets ten minutes, and what was paid for must be on record by then. */
const conversationMs = 9 * 60_000;
/** With less time left nobody is asked again. */
const leastMs = 1_000;
/** Answers that are no good are sent back this often, with everything that is wrong. */
const maximumRepairs = 2;
const maximumTokens = 8_000;
/** More reasoning is cut: people read it, and nothing is decided by it. */
const shownReasoning = 4_000;
const shownDescription = 300;

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
 * sent back at most twice. Throws nothing: what went wrong is in the outcome.
 */
export async function planByModel(model: LanguageModel, request: ModelPlanRequest): Promise<ModelPlanning> {
  const { question, purpose, tools, judge, signal, deadlineMs } = request;
  const system = toSystemPrompt(question.agent, purpose);
  const messages: ModelMessage[] = [{ role: 'user', content: toUserPrompt(question) }];
  let usage: TokenUsage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0 };
  let calls = 0;
  let notes: readonly string[] = [];
  const startedAt = performance.now();
  const end = (outcome: ModelPlanning['outcome']): ModelPlanning => ({
    outcome,
    notes,
    usage,
    calls,
    system,
    messages,
  });
  for (;;) {
    let said = 'an answer that could not be read';
    const leftMs = conversationMs - (performance.now() - startedAt);
    try {
      const result = await model.generate<Answer>({
        system,
        messages: [...messages],
        tools: tools.map(toOffer),
        answer: answerSchema,
        maxTokens: maximumTokens,
        temperature: 0,
        signal,
        deadlineMs: Math.min(deadlineMs, leftMs),
      });
      calls += 1;
      usage = addUsage(usage, result.usage);
      said = JSON.stringify(result.value);
      const steps = toDrafts(result.value);
      const reasoning = escapeControls(result.value.reasoning.slice(0, shownReasoning));
      refuseDuplicates(steps);
      checkPlan(toExecutionPlan(steps, tools, reasoning), tools);
      const errors = await judge(steps);
      if (errors.length > 0) throw new HomeostatErrors(errors);
      notes = [...noteClaims(result.value, tools), ...noteIgnored(result.ignoredText)];
      messages.push({ role: 'assistant', content: said });
      return end({ type: 'planned', steps, reasoning });
    } catch (error) {
      if (error instanceof ModelAnswerError) {
        calls += 1;
        usage = addUsage(usage, error.usage);
      }
      const faults = faultsOf(error);
      if (faults.length === 0) return end({ type: 'failed', error });
      messages.push({ role: 'assistant', content: said }, { role: 'user', content: toRepairPrompt(faults) });
      const isLast = calls > maximumRepairs || conversationMs - (performance.now() - startedAt) < leastMs;
      if (isLast) return end({ type: 'failed', error: toUnusable(calls, faults) });
    }
  }
}

function toUnusable(calls: number, faults: readonly string[]): HomeostatError {
  return new HomeostatError('MODEL_ANSWER_INVALID', {
    path: 'plan',
    problem: `no usable plan in ${calls} answers: ${faults.join('; ').slice(0, 1_000)}`,
  });
}

function toOffer({ name, description, riskLevel, parameters }: AnyTool): OfferedTool {
  return { name, description: `${description} (risk ${riskLevel})`, parameters: toJsonSchema(parameters) };
}

/** Claims of a lower risk than the tool's own; the tool's own holds. */
function noteClaims({ steps }: Answer, tools: readonly AnyTool[]): readonly string[] {
  return steps.flatMap(({ toolName, riskLevel }, index) => {
    const own = tools.find(({ name }) => name === toolName)?.riskLevel;
    if (own === undefined || (isRiskLevel(riskLevel) && highestRisk([riskLevel, own]) === riskLevel)) return [];
    if (riskLevel === undefined && own === RiskLevel.safe) return [];
    return [
      `risk_understated steps[${index}]: ${showValue(riskLevel ?? 'nothing')} was claimed, ${toolName} is ${own}`,
    ];
  });
}

function noteIgnored(text: string | undefined): readonly string[] {
  return text === undefined ? [] : [`said beside the answer, and not counted: ${text}`];
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
  'INVALID_VALUE',
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
    description: escapeControls(description.slice(0, shownDescription)),
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
