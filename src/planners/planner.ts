import type { Delta } from '../domain/delta.ts';
import type { Issue } from '../domain/issue.ts';
import type { ExecutionPlan } from '../domain/plan.ts';
import type { Runbook } from '../domain/runbook.ts';
import type { State } from '../domain/state.ts';
import type { AnyTool } from '../tools/tool.ts';

/** All a planner may base a plan on. */
export interface PlanRequest {
  readonly kind: string;
  readonly desired?: State;
  readonly actual?: State;
  readonly delta: Delta;
  /** The fault that is to be repaired; absent where only desired and actual are to meet. */
  readonly issue?: Issue;
  /** What the operator wrote about it. */
  readonly runbooks?: readonly Runbook[];
  /** The agent's own tools; no others may be named. */
  readonly tools: readonly AnyTool[];
  /** What was tried before in this run and failed, oldest first. */
  readonly failures: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Makes a plan and executes nothing. An empty plan means nothing to do; a planner that has no answer throws `NO_RULE`
 * or `PLANNING_FAILED`. The seam for planning by a language model.
 */
export interface Planner {
  plan(request: PlanRequest): Promise<ExecutionPlan>;
}
