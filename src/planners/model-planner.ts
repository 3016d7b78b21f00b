import { z } from 'zod';
import { toCanonicalJson } from '../domain/canonical.ts';
import { escapeControls, HomeostatError, HomeostatErrors, showValue } from '../domain/failure.ts';
import type { JsonObject } from '../domain/json.ts';
import type { PlanQuestion } from '../domain/plan-question.ts';
import { maximumSteps, type StepDraft } from '../domain/plan.ts';
import { highestRisk, isRiskLevel, RiskLevel, riskLevels } from '../domain/risk.ts';
import type { LanguageModel, OfferedTool } from '../llm/language-model.ts';
import { toJsonSchema } from '../tools/tool-schema.ts';
import type { AnyTool } from '../tools/tool.ts';
import { checkPlan } from './check-plan.ts';
import { converse, type Conversation } from './converse.ts';
import { findOwnMarks } from './own-marks.ts';
import { toSystemPrompt, toUserPrompt } from './plan-prompt.ts';
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

/** What a model planned. */
export interface ModelPlan {
  readonly steps: readonly StepDraft[];
  readonly reasoning: string;
}

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
export async function planByModel(
  model: LanguageModel,
  { question, purpose, tools, judge, signal, deadlineMs }: ModelPlanRequest,
): Promise<Conversation<ModelPlan>> {
  return converse<Answer, ModelPlan>(model, {
    subject: 'plan',
    system: toSystemPrompt(question, purpose),
    prompt: toUserPrompt(question),
    tools: tools.map(toOffer),
    answer: answerSchema,
    async read(answer) {
      const steps = toDrafts(answer);
      const reasoning = escapeControls(answer.reasoning.slice(0, shownReasoning));
      // Of a repair it says that no step can help; then people are asked.
      if (steps.length === 0 && question.incident === undefined) throw emptyPlan();
      checkPlan(toExecutionPlan(steps, tools, reasoning), tools);
      const errors = [...findDuplicates(steps), ...findOwnMarks(steps, question), ...(await judge(steps))];
      if (errors.length > 0) throw new HomeostatErrors(errors);
      return { steps, reasoning };
    },
    notesOf: (answer) => noteClaims(answer, tools),
    signal,
    deadlineMs,
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

/** A claim that is no risk level says nothing; the tool's own level holds in any case. */
function toDrafts({ steps }: Answer): readonly StepDraft[] {
  return steps.map(({ toolName, parameters, description, riskLevel }) => ({
    toolName,
    parameters: parameters as JsonObject,
    description: escapeControls(description.slice(0, shownDescription)),
    ...(isRiskLevel(riskLevel) ? { riskLevel } : {}),
  }));
}

function emptyPlan(): HomeostatError {
  return new HomeostatError('PLAN_INVALID', {
    path: 'steps',
    problem: 'empty: something differs, and nothing would be done about it',
    remedy: 'give the steps that put it right',
  });
}

/** Steps that do the same as an earlier one, in whatever order their parameters were written. */
function findDuplicates(steps: readonly StepDraft[]): readonly HomeostatError[] {
  const seen = new Set<string>();
  return steps.flatMap(({ toolName, parameters }, index) => {
    const same = toCanonicalJson([toolName, parameters]);
    if (!seen.has(same)) {
      seen.add(same);
      return [];
    }
    return [
      new HomeostatError('PLAN_INVALID', {
        path: `steps[${index}]`,
        problem: 'duplicate_step: the same as an earlier one',
      }),
    ];
  });
}
