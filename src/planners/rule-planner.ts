import type { Delta } from '../domain/delta.ts';
import { HomeostatError } from '../domain/failure.ts';
import { showResource } from '../domain/identity.ts';
import type { Issue } from '../domain/issue.ts';
import type { ExecutionPlan, StepDraft } from '../domain/plan.ts';
import type { Runbook } from '../domain/runbook.ts';
import type { State } from '../domain/state.ts';
import { toExecutionPlan } from './to-execution-plan.ts';
import type { Planner, PlanRequest } from './planner.ts';

/** Steps, or steps with the reason a person is shown. Nothing = this rule does not know the delta. */
export type RuleAnswer =
  | readonly StepDraft[]
  | {
      readonly steps: readonly StepDraft[];
      readonly reasoning: string;
      /** Of a repair: names of the operator's runbooks that it follows. */
      readonly runbooks?: readonly string[];
    }
  | undefined;

/** What is to be done for each kind of delta; pure functions on plain data. */
export interface Rules<Spec, Status> {
  create?(input: { desired: State<Spec>; delta: Delta }): RuleAnswer;
  update?(input: { desired: State<Spec>; actual: State<Spec, Status>; delta: Delta }): RuleAnswer;
  delete?(input: { actual: State<Spec, Status>; delta: Delta }): RuleAnswer;
  /**
   * Repairs by issue type, for faults that restoring the desired state does not fix. Return nothing to use the ordinary
   * repair: restore the desired state. The same plan is not tried twice for one incident.
   */
  readonly heal?: Readonly<Record<string, (input: FaultInput<Spec, Status>) => RuleAnswer>>;
}

/** A thing that is there and wanted, and what is wrong with it. */
export interface FaultInput<Spec, Status> {
  readonly desired: State<Spec>;
  readonly actual: State<Spec, Status>;
  readonly delta: Delta;
  readonly issue: Issue;
  /** What the operator wrote about this type of fault. */
  readonly runbooks: readonly Runbook[];
}

// oxlint-disable-next-line typescript/no-explicit-any -- variance: rules of every spec and status stand in one table
export type AnyRules = Rules<any, any>;

/** Plans by rules alone: the same delta gives the same plan, at no cost. A delta no rule knows is `NO_RULE`. */
export function createRulePlanner(rulesByKind: Readonly<Record<string, AnyRules>>): Planner {
  return {
    async plan(request) {
      const { kind, delta, desired, actual, tools, issue } = request;
      const rules = rulesByKind[kind] ?? {};
      const repair = askRepair(rules, request);
      if (repair !== undefined) return toPlan(repair, tools, `${issue?.type} is reported`);
      if (delta.type === 'none') return toExecutionPlan([], tools, 'nothing to do: actual is as desired');
      const answer = askRule(rules, request);
      if (answer === undefined) {
        const resource = (desired ?? actual)?.resource;
        throw new HomeostatError('NO_RULE', {
          path: resource === undefined ? kind : showResource(resource),
          problem: `no rule of ${kind} knows this ${delta.type}`,
          got: delta.changes.map((change) => change.path).join(', ') || delta.type,
          remedy: `add a rule for it to the agent of ${kind}, or configure a language model`,
        });
      }
      return toPlan(answer, tools, describeDelta(delta));
    },
  };
}

function toPlan(answer: NonNullable<RuleAnswer>, tools: PlanRequest['tools'], reason: string): ExecutionPlan {
  const { steps, reasoning, runbooks } = 'steps' in answer ? answer : { steps: answer, reasoning: reason };
  return { ...toExecutionPlan(steps, tools, reasoning), ...(runbooks === undefined ? {} : { runbooks }) };
}

function askRepair(rules: AnyRules, { delta, desired, actual, issue, runbooks = [] }: PlanRequest): RuleAnswer {
  if (issue === undefined || desired === undefined || actual === undefined) return undefined;
  const { heal = {} } = rules;
  // Anybody names types: `constructor` is one, and no rule.
  return Object.hasOwn(heal, issue.type) ? heal[issue.type]?.({ desired, actual, delta, issue, runbooks }) : undefined;
}

function askRule(rules: AnyRules, { delta, desired, actual }: PlanRequest): RuleAnswer {
  if (delta.type === 'create' && desired !== undefined) return rules.create?.({ desired, delta });
  if (delta.type === 'delete' && actual !== undefined) return rules.delete?.({ actual, delta });
  if (desired !== undefined && actual !== undefined) return rules.update?.({ desired, actual, delta });
  return undefined;
}

function describeDelta(delta: Delta): string {
  if (delta.type !== 'update')
    return delta.type === 'create' ? 'wanted, and absent' : 'present, and not wanted any more';
  return `differs in ${delta.changes.map((change) => change.path).join(', ')}`;
}
