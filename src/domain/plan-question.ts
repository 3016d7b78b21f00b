import { digestOf } from './canonical.ts';
import type { Delta } from './delta.ts';
import type { DiagnosisFields } from './diagnosis.ts';
import type { ResourceKey } from './identity.ts';
import type { ModelChoice } from './model-route.ts';
import type { ModelUsage } from './model-usage.ts';
import type { StepDraft } from './plan.ts';
import type { Runbook } from './runbook.ts';
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
  /** What was tried before in this run and failed, oldest first: codes and places, nothing that a failure quotes. */
  readonly failures: readonly string[];
  /** Of a repair: what is known of the fault. */
  readonly incident?: IncidentFacts;
}

/** What a planner is told of a fault: nothing of what anybody reported, and nothing of what a log says. */
export interface IncidentFacts {
  /** Type of the fault, if it is one that we or a runbook know; else `other`, for an alert's own word is anybody's word. */
  readonly issue: string;
  readonly meaning: string;
  readonly usualRepairs: readonly string[];
  /** Absent: no model could make sense of the evidence. */
  readonly diagnosis?: DiagnosisFields;
  /** The operator's, for this type of fault and kind. */
  readonly runbooks: readonly Runbook[];
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
export function questionIdentity(question: PlanQuestion): string {
  const { resource, agent, delta, desired, goal, policy, failures, incident } = question;
  return digestOf({
    resource,
    agent,
    delta,
    desired: desired === undefined ? null : { spec: desired.spec, labels: desired.labels },
    goal: goal ?? null,
    policy,
    failures,
    ...(incident === undefined ? {} : { incident }),
  });
}
