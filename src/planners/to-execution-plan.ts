import type { JsonObject } from '../domain/json.ts';
import type { ExecutionPlan, Step, StepDraft } from '../domain/plan.ts';
import { highestRisk } from '../domain/risk.ts';
import { toPlanParameters } from '../tools/step-reference.ts';
import type { AnyTool } from '../tools/tool.ts';

/**
 * Gives proposed steps their ids (`s1`, `s2`, …) and their risk, the higher of the tool's own and what was claimed. A
 * step that names no known tool keeps its claim: `checkPlan` refuses it with the whole list.
 */
export function toExecutionPlan(
  drafts: readonly StepDraft[],
  tools: readonly AnyTool[],
  reasoning: string,
): ExecutionPlan {
  const ids = new Map(drafts.map((draft, index) => [draft, `s${index + 1}`]));
  const steps = drafts.map((draft, index): Step => {
    const tool = tools.find((candidate) => candidate.name === draft.toolName);
    return {
      id: `s${index + 1}`,
      toolName: draft.toolName,
      parameters: toPlanParameters(draft.parameters, (other) => ids.get(other)) as JsonObject,
      description: draft.description,
      riskLevel: highestRisk([tool?.riskLevel ?? 'safe', draft.riskLevel ?? 'safe']),
    };
  });
  return { steps, riskLevel: highestRisk(steps.map((step) => step.riskLevel)), reasoning };
}
