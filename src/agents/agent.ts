import type { Issue } from '../domain/issue.ts';
import type { AnyKind } from '../domain/kind.ts';
import type { Log } from '../domain/log.ts';
import type { ExecutionPlan } from '../domain/plan.ts';
import type { PlanningWay } from '../domain/published.ts';
import type { Runbook } from '../domain/runbook.ts';
import type { State } from '../domain/state.ts';
import type { AnyTool } from '../tools/tool.ts';

/** What an agent gets to think with. */
export interface AgentContext {
  readonly signal: AbortSignal;
  readonly log: Log;
  /** What was tried before in this run and failed, oldest first. */
  readonly failures: readonly string[];
  /** When an issue is to be healed: what the operator wrote about this type of fault. */
  readonly runbooks?: readonly Runbook[];
}

/**
 * An agent owns kinds and the tools that change them. The runtime calls its methods from the planning activity only; they
 * think and touch nothing: the runtime executes what they return.
 */
export interface Agent {
  /** Unique and stable: in logs, audit, metrics. */
  readonly name: string;
  readonly purpose: string;
  readonly kinds: readonly AnyKind[];
  readonly planning: PlanningWay;
  /** The plan that brings actual to desired. Absent desired = it should not exist; absent actual = it does not exist. */
  reconcile(context: AgentContext, desired?: State, actual?: State): Promise<ExecutionPlan>;
  /** The plan that removes the cause of an issue. */
  heal(context: AgentContext, issue: Issue, desired?: State, actual?: State): Promise<ExecutionPlan>;
  /** The same as `reconcile`, for showing. */
  plan(context: AgentContext, desired?: State, actual?: State): Promise<ExecutionPlan>;
  tools(): readonly AnyTool[];
}
