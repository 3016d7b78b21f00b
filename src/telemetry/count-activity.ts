import type { Activities } from '../activities/create-activities.ts';
import type { Metrics } from './metrics.ts';

type Input<Name extends keyof Activities> = Parameters<Activities[Name]>[0];
type Result<Name extends keyof Activities> = Awaited<ReturnType<Activities[Name]>>;

/** What one activity that came to its end adds to the counts. */
type Counts = {
  readonly [Name in keyof Activities]?: (metrics: Metrics, input: Input<Name>, result: Result<Name>) => void;
};

const counts: Counts = {
  observeAndPlan: ({ plans }, { resource: { kind } }, { type }) => plans.inc({ kind, outcome: type }),
  verifyAndRecord: ({ passes }, { resource: { kind } }, { type }) => passes.inc({ kind, outcome: type, code: '' }),
  recordBlocked: ({ passes }, { resource: { kind }, block: { code } }) =>
    passes.inc({ kind, outcome: 'blocked', code }),
  openRequest: ({ approvalsRequested }, { resource: { kind } }) => approvalsRequested.inc({ kind }),
  closeRequest: ({ approvalsClosed }, { resource: { kind }, outcome }) =>
    approvalsClosed.inc({ kind, outcome: outcome.type === 'decided' ? outcome.decision.verdict : outcome.type }),
  markUnknown: ({ effectsUnknown }, { resource: { kind }, open }) => effectsUnknown.inc({ kind }, open.length),
  resolveEffect: ({ effectsResolved }, { resource: { kind }, choice }) => effectsResolved.inc({ kind, choice }),
};

/** Counts an activity that succeeded. */
export function countActivity(metrics: Metrics, name: string, input: unknown, result: unknown): void {
  const count = counts[name as keyof Activities] as
    ((metrics: Metrics, input: unknown, result: unknown) => void) | undefined;
  count?.(metrics, input, result);
}

/** Counts an attempt of a step, also one that failed: `outcome` is then the failure's code. */
export function countStep(metrics: Metrics, input: Input<'executeStep'>, outcome: string, seconds: number): void {
  metrics.step.observe({ tool: input.step.toolName, outcome }, seconds);
}
