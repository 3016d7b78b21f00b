import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowUpdateFailedError, type Client, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Decision } from '../domain/approval.ts';
import { HomeostatError } from '../domain/failure.ts';
import { showResource, type ResourceKey } from '../domain/identity.ts';
import { signalNames, taskQueues, updateNames, workflowTypes } from '../domain/messages.ts';
import type { PlanPreview } from '../domain/run.ts';
import { knowsSearchAttributes, type TemporalDoor } from './connect-temporal.ts';
import { signalReconcile, toReconcileStart } from './reconcile-start.ts';
import type { RunMessages } from './run-messages.ts';
import { hasTimedOut, isAway, isRunGone, toTemporalFault } from './temporal-faults.ts';
import { messageTimeoutMs, withDeadline } from './with-deadline.ts';

/** How long a person waits for an answer that only a running runtime can give. */
const answerTimeoutMs = 15_000;
/** A model may be asked several times; that there is no runtime is found out apart from it. */
const previewTimeoutMs = 11 * 60_000;
/** How long a Temporal that does not answer is left alone. */
const askAgainMs = 1_000;
/** A living worker asks again after a minute at the latest; the server lists the dead ones for five. */
const workerSeenMs = 90_000;
/** Of the two types of a task queue the one for workflows. */
const workflowTasks = 1;

/** Messages to runs over a Temporal client. */
export function createTemporalRunMessages(temporal: TemporalDoor): RunMessages {
  const { client } = temporal;
  /** Whether a run was there to hear it. */
  const signal = async (workflowId: string, name: string, payload: unknown): Promise<boolean> => {
    try {
      await withDeadline(client, messageTimeoutMs, () => client.workflow.getHandle(workflowId).signal(name, payload));
      return true;
    } catch (error) {
      if (isRunGone(error)) return false;
      throw toTemporalFault(error, name);
    }
  };
  return {
    async decide(workflowId, payload) {
      try {
        return await withDeadline(client, answerTimeoutMs, () =>
          client.workflow
            .getHandle(workflowId)
            .executeUpdate<Decision, [typeof payload]>(updateNames.decide, { args: [payload] }),
        );
      } catch (error) {
        if (isRunGone(error) || endedMeanwhile(error)) return undefined;
        throw toTemporalFault(error, 'decide');
      }
    },
    leaveDecision(workflowId, { verdict, ...payload }) {
      return signal(workflowId, verdict === 'approved' ? signalNames.approve : signalNames.reject, payload);
    },
    resolve: (workflowId, payload) => signal(workflowId, signalNames.resolve, payload),
    async retry(resource) {
      const searchAttributes = await knowsSearchAttributes(temporal);
      const start = toReconcileStart(resource, searchAttributes);
      try {
        await signalReconcile(client, start, signalNames.retry);
      } catch (error) {
        throw toTemporalFault(error, 'retry');
      }
    },
    async previewPlan(input, signal) {
      const { tenant, kind, name } = input.resource;
      try {
        const handle = await withDeadline(client, messageTimeoutMs, () =>
          client.workflow.start(workflowTypes.plan, {
            workflowId: `plan.${tenant}.${kind}.${name}.${randomBytes(4).toString('hex')}`,
            taskQueue: taskQueues.main,
            args: [input],
            // Nobody looks at it after that, so it must not wait for a runtime that comes up tomorrow.
            workflowExecutionTimeout: previewTimeoutMs,
            workflowIdReusePolicy: 'REJECT_DUPLICATE',
            workflowIdConflictPolicy: 'FAIL',
            staticSummary: `previews ${showResource(input.resource)}`,
            priority: { fairnessKey: tenant },
          }),
        );
        return await client.connection.withAbortSignal(signal, () => awaitPreview(client, handle, signal));
      } catch (error) {
        throw hasTimedOut(error) ? toLatePlan(input.resource, error) : toTemporalFault(error, 'plan');
      }
    },
    async hasWorker() {
      try {
        const { pollers } = await withDeadline(client, messageTimeoutMs, () =>
          client.workflowService.describeTaskQueue({
            namespace: client.options.namespace,
            taskQueue: { name: taskQueues.main },
            taskQueueType: workflowTasks,
          }),
        );
        const oldest = Date.now() - workerSeenMs;
        return (pollers ?? []).some(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000 > oldest);
      } catch (error) {
        throw toTemporalFault(error, 'task queue');
      }
    },
  };
}

/** A Temporal that is away for a while ends no wait: the run goes on when it is back. */
async function awaitPreview(client: Client, handle: WorkflowHandle, signal: AbortSignal): Promise<PlanPreview> {
  const endsAt = performance.now() + previewTimeoutMs + messageTimeoutMs;
  for (;;) {
    try {
      return await withDeadline(client, endsAt - performance.now(), () => handle.result() as Promise<PlanPreview>);
    } catch (error) {
      if (!isAway(error) || signal.aborted || performance.now() >= endsAt) throw error;
      await sleep(askAgainMs, undefined, { signal });
    }
  }
}

/** The run of a preview came to the end of its time. That there is no runtime is found out, and said, apart from it. */
function toLatePlan(resource: ResourceKey, cause: unknown): HomeostatError {
  const name = showResource(resource);
  return new HomeostatError('WAIT_TIMED_OUT', {
    path: name,
    problem: `no plan within ${previewTimeoutMs / 60_000} minutes: a model that was asked is slow, or what is looked at does not answer`,
    remedy: `see who was asked, and what came of it, with: homeostat transcript ${name}; who can be asked with: homeostat models; then try again, what was answered by now is on record`,
    cause,
  });
}

/** The run took the update and ended before it answered: what came of it is on record. */
function endedMeanwhile(error: unknown): boolean {
  return (
    error instanceof WorkflowUpdateFailedError &&
    error.cause instanceof ApplicationFailure &&
    error.cause.type === 'AcceptedUpdateCompletedWorkflow'
  );
}
