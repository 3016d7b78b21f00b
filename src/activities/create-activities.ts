import { activityInfo, Context } from '@temporalio/activity';
import type { CloseIncidentInput, HealReference, ProveInput, RepairInput } from '../domain/heal.ts';
import type {
  AskModelInput,
  CloseRequestInput,
  ConfirmInput,
  ExecuteStepInput,
  MarkUnknownInput,
  OpenRequestInput,
  PlanningInput,
  PlanPreviewInput,
  RecordBlockedInput,
  RecordInput,
  ResolveInput,
  RunReference,
} from '../domain/run.ts';
import type { ActivityScope } from './activity-scope.ts';
import { askModel } from './ask-model.ts';
import { closeRequest, markUnknown, openRequest, resolveEffect } from './approvals.ts';
import { confirmPlan, digestDelta } from './confirm-plan.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { executeStep } from './execute-step.ts';
import { gatherEvidence } from './gather-evidence.ts';
import { closeIncident, openIncident } from './incidents.ts';
import { observeAndPlan, previewPlan } from './observe-and-plan.ts';
import { planRepair } from './plan-repair.ts';
import { proveRepair } from './prove-repair.ts';
import { withFields } from './scoped-log.ts';
import { sweep, type SweptPlace } from './sweep.ts';
import { toActivityFailure, type FailureRules } from './to-activity-failure.ts';
import { recordBlocked, verifyAndRecord } from './verify-and-record.ts';

/** How often an activity says that it lives; a worker that stops saying so is replaced after the heartbeat time-out. */
const heartbeatMs = 1_000;

/** Tries of an activity that fails for a reason of its own, not of the store's. Steps have their tool's own number. */
const ownFaults: FailureRules = { maximumAttempts: 5, uncoded: 'RUNTIME_FAULT' };

/** Tries of a provider that does not answer; then another one is asked. */
const providerFaults: FailureRules = { maximumAttempts: 3, uncoded: 'RUNTIME_FAULT' };

/** All activities of the runtime, over their dependencies. Workflows use this factory's return type and nothing else of it. */
export function createActivities(dependencies: ActivityDependencies) {
  const run = async <Result>(
    body: (scope: ActivityScope, scoped: ActivityDependencies) => Promise<Result>,
    rules = ownFaults,
  ): Promise<Result> => {
    const scope = currentScope();
    const beat = setInterval(() => scope.heartbeat(), heartbeatMs);
    try {
      // The workflow id is the correlation id from the etcd event to the etcd write.
      return await body(scope, { ...dependencies, log: withFields(dependencies.log, { run: scope.workflowId }) });
    } catch (error) {
      throw toActivityFailure(error, scope, rules);
    } finally {
      clearInterval(beat);
    }
  };
  return {
    observeAndPlan: (input: PlanningInput) => run((scope, scoped) => observeAndPlan(scoped, scope, input)),
    previewPlan: (input: PlanPreviewInput) => run((scope, scoped) => previewPlan(scoped, scope, input)),
    executeStep: (input: ExecuteStepInput) =>
      run((scope, scoped) => executeStep(scoped, scope, input), {
        maximumAttempts: input.step.maximumAttempts,
        uncoded: 'TOOL_FAILED',
      }),
    verifyAndRecord: (input: RecordInput) => run((scope, scoped) => verifyAndRecord(scoped, scope, input)),
    recordBlocked: (input: RecordBlockedInput) => run((scope, scoped) => recordBlocked(scoped, scope, input)),
    openRequest: (input: OpenRequestInput) => run((scope, scoped) => openRequest(scoped, scope, input)),
    closeRequest: (input: CloseRequestInput) => run((scope, scoped) => closeRequest(scoped, scope, input)),
    confirmPlan: (input: ConfirmInput) => run((scope, scoped) => confirmPlan(scoped, scope, input)),
    digestDelta: (input: RunReference) => run((scope, scoped) => digestDelta(scoped, scope, input)),
    markUnknown: (input: MarkUnknownInput) => run((scope, scoped) => markUnknown(scoped, scope, input)),
    resolveEffect: (input: ResolveInput) => run((scope, scoped) => resolveEffect(scoped, scope, input)),
    askModel: (input: AskModelInput) => run((scope, scoped) => askModel(scoped, scope, input), providerFaults),
    openIncident: (input: HealReference) => run((scope, scoped) => openIncident(scoped, scope, input)),
    gatherEvidence: (input: HealReference) => run((scope, scoped) => gatherEvidence(scoped, scope, input)),
    planRepair: (input: RepairInput) => run((scope, scoped) => planRepair(scoped, scope, input)),
    proveRepair: (input: ProveInput) => run((scope, scoped) => proveRepair(scoped, scope, input)),
    closeIncident: (input: CloseIncidentInput) => run((scope, scoped) => closeIncident(scoped, scope, input)),
    sweep: ({ place }: { readonly place: SweptPlace }) => run((scope, scoped) => sweep(scoped, place, scope.signal)),
    listHosts: () => run(async () => (await dependencies.state.hosts.list()).map(({ host }) => host)),
    isHostAlive: ({ host }: { readonly host: string }) => run(() => dependencies.state.hosts.isAlive(host)),
  };
}

export type Activities = ReturnType<typeof createActivities>;

function currentScope(): ActivityScope {
  const context = Context.current();
  const { workflowExecution, scheduledTimestampMs, attempt, taskQueue } = activityInfo();
  return {
    workflowId: workflowExecution?.workflowId ?? '',
    runId: workflowExecution?.runId ?? '',
    scheduledAt: scheduledTimestampMs,
    attempt,
    queue: taskQueue,
    signal: context.cancellationSignal,
    heartbeat: () => context.heartbeat(),
  };
}
