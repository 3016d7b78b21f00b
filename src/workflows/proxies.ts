import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.ts';
import { taskQueues } from '../domain/messages.ts';
import type { ModelProvider } from '../domain/model-route.ts';
import type { SealedStep } from '../domain/plan.ts';

/**
 * How each activity is called: the one place for time-outs and retries. Time-outs are short because every activity
 * heartbeats; a worker that died is noticed in seconds. Which errors are worth a retry the activity itself says.
 */
const retry = { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '5s' } as const;
const heartbeatTimeout = '5s';

/** How long a host's own queue may leave a task lying before the host is asked after. */
export const hostScheduleToStart = '15s';

/** `executeStep` ends a tool at its time-out itself; this is for asking the target before and after that, and for the ledger. */
const ledgerReserveMs = 30_000;

/** Activities that touch nothing but the store. */
export function stateActivities(summary: string): Activities {
  return proxyActivities<Activities>({
    taskQueue: taskQueues.main,
    startToCloseTimeout: '30s',
    heartbeatTimeout,
    retry,
    summary,
  });
}

/** Activities that look at the real thing: they run where it can be reached. */
export function observingActivities(queue: string, summary: string): Activities {
  return proxyActivities<Activities>({
    taskQueue: queue,
    startToCloseTimeout: '2m',
    heartbeatTimeout,
    retry,
    summary,
    ...hostLimit(queue),
  });
}

/** Looks several times: until a fault is gone, as long as that is waited for, or at all that a repair depends on. */
export function provingActivities(queue: string, summary: string): Activities {
  return proxyActivities<Activities>({
    taskQueue: queue,
    startToCloseTimeout: '3m',
    heartbeatTimeout,
    retry,
    summary,
    ...hostLimit(queue),
  });
}

/** Asks a model. Long waits are for the queue's rate: what is over it waits there, and is not lost. */
export function askingActivities(provider: ModelProvider, summary: string): Activities {
  return proxyActivities<Activities>({
    taskQueue: taskQueues.llm(provider),
    scheduleToStartTimeout: '10m',
    startToCloseTimeout: '10m',
    heartbeatTimeout,
    retry: { ...retry, initialInterval: '1s', maximumInterval: '30s' },
    summary,
  });
}

/** Looks at everything in one place. Not tried again: the next sweep comes in minutes. */
export function sweepingActivities(queue: string, summary: string): Activities {
  return proxyActivities<Activities>({
    taskQueue: queue,
    startToCloseTimeout: '4m',
    scheduleToStartTimeout: hostScheduleToStart,
    heartbeatTimeout,
    retry: { maximumAttempts: 1 },
    summary,
  });
}

/** The one activity that has effects. */
export function effectActivities(step: SealedStep): Activities {
  return proxyActivities<Activities>({
    taskQueue: step.queue,
    startToCloseTimeout: step.timeoutMs + ledgerReserveMs,
    heartbeatTimeout,
    retry,
    summary: step.summary,
    ...hostLimit(step.queue),
  });
}

function hostLimit(queue: string): { scheduleToStartTimeout?: typeof hostScheduleToStart } {
  return queue.startsWith(taskQueues.host('')) ? { scheduleToStartTimeout: hostScheduleToStart } : {};
}
