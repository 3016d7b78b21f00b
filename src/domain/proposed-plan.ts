import { cutToLength } from './cut-to-length.ts';
import type { JsonObject } from './json.ts';
import type { SealedStep } from './plan.ts';
import type { SealedPlan } from './sealed-plan.ts';
import { hideSecret, redactSecrets } from './secret-patterns.ts';

/** Characters that are kept of the reasoning, and of one step's parameters as JSON. A plan has at most 50 steps. */
const shownCharacters = 500;

/**
 * A plan as the audit chain keeps it: what is to be done, why, and which agent and model planned it. Long parameters stand
 * there as text, cut; the seal vouches for the whole of them. What looks like a secret is left out, for a model may write
 * anything.
 */
export function toProposedPlan(
  { seal, change, plan, plannedBy, needsApproval }: SealedPlan,
  agent: string,
): JsonObject {
  return {
    seal,
    change,
    riskLevel: plan.riskLevel,
    ...(plannedBy === undefined ? {} : { plannedBy: { ...plannedBy } }),
    reasoning: cut(redactSecrets(plan.reasoning)),
    steps: plan.steps.map(toProposedStep),
    needsApproval,
    agent,
  };
}

function toProposedStep({ id, toolName, riskLevel, parameters }: SealedStep): JsonObject {
  const text = JSON.stringify(parameters, hideSecret);
  return {
    id,
    toolName,
    riskLevel,
    parameters: text.length > shownCharacters ? cut(text) : (JSON.parse(text) as JsonObject),
  };
}

function cut(text: string): string {
  const kept = cutToLength(text, shownCharacters);
  return text.length > shownCharacters ? `${kept}… (cut, ${text.length} characters)` : kept;
}
