import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Decision } from '../domain/approval.ts';
import { queryNames, signalNames, updateNames } from '../domain/messages.ts';
import type { ExecutionPlan } from '../domain/plan.ts';
import type { RunProgress, RunStatus } from './run-view.ts';

/**
 * The messages a `reconcile` run takes. Every payload is typed `unknown`: it may come from the Temporal UI or a shell,
 * and one that does not fit is refused and shown, never thrown, because a throw here would fail the task for ever.
 */
export const changedSignal = defineSignal<[unknown]>(signalNames.changed);
export const approveSignal = defineSignal<[unknown]>(signalNames.approve);
export const rejectSignal = defineSignal<[unknown]>(signalNames.reject);
export const resolveSignal = defineSignal<[unknown]>(signalNames.resolve);
export const issueSignal = defineSignal<[unknown]>(signalNames.issue);
export const retrySignal = defineSignal<[unknown]>(signalNames.retry);

export const decideUpdate = defineUpdate<Decision, [unknown]>(updateNames.decide);

export const planQuery = defineQuery<ExecutionPlan | null>(queryNames.plan);
export const progressQuery = defineQuery<RunProgress>(queryNames.progress);
export const statusQuery = defineQuery<RunStatus>(queryNames.status);
