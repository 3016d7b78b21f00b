import { digestOf } from './canonical.ts';
import type { Delta } from './delta.ts';
import type { ResourceKey } from './identity.ts';
import type { ModelChoice } from './model-route.ts';
import type { ModelUsage } from './model-usage.ts';
import type { StepDraft } from './plan.ts';
import type { State } from './state.ts';

/** The annotation that says in words what is wanted besides the spec; only a model can plan for it. */
export const goalAnnotation = 'homeostat.io/goal';

/**
 * What a model is asked when no rule knows, and all that its answer may rest on. Kept as a blob under its digest: the
 * workflow carries the digest alone, so a history holds no prompt.
 */
export interface PlanQuestion {
  readonly format: 1;
  readonly resource: ResourceKey;
  readonly agent: string;
  readonly delta: Delta;
  readonly desired?: State;
  readonly actual?: State;
  readonly goal?: string;
  /** The policy in force: another one may ask for another plan. */
  readonly policy: string;
  /** What was tried before in this run and failed, oldest first. */
  readonly failures: readonly string[];
}

/** What the model said, checked; kept as a blob too. */
export interface PlanAnswer {
  readonly format: 1;
  readonly identity: string;
  readonly choice: ModelChoice;
  readonly steps: readonly StepDraft[];
  readonly reasoning: string;
  /** What a person should know of it, such as claims of risk that were not believed. */
  readonly notes: readonly string[];
  readonly usage: ModelUsage;
}

/**
 * What makes two questions the same, whenever they are asked: the change and what it rests on, not what the thing
 * happened to look like besides. An answer belongs to one identity.
 */
export function questionIdentity({ resource, agent, delta, desired, goal, policy, failures }: PlanQuestion): string {
  return digestOf({
    resource,
    agent,
    delta,
    desired: desired === undefined ? null : { spec: desired.spec, labels: desired.labels },
    goal: goal ?? null,
    policy,
    failures,
  });
}
