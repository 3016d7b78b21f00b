import type { Client } from '@temporalio/client';

/**
 * What Temporal lets through at once whatever the rate. It deals the rate of a queue out to its partitions, four unless
 * configured otherwise, each of which begins with two; the last four are for what is noted late.
 */
export const burst = 12;

/** The most that began within any time as long as this. `times` in milliseconds, here and below. */
export function mostWithin(times: readonly number[], windowMs: number): number {
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + windowMs).length));
}

/** Milliseconds from the first to the last. */
export function spanOf(times: readonly number[]): number {
  return Math.max(...times) - Math.min(...times);
}

/** How many began a second. */
export function speedOf(times: readonly number[]): number {
  return ((times.length - 1) * 1_000) / spanOf(times);
}

/** When the activities on each queue began, by Temporal's clock, of the runs that began since. */
export async function startsByQueue(client: Client, since: Date): Promise<ReadonlyMap<string, readonly number[]>> {
  const starts = new Map<string, number[]>();
  for await (const { workflowId, runId } of client.workflow.list({ query: `StartTime >= "${since.toISOString()}"` })) {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const queueOf = new Map<string, string>();
    for (const { eventId, eventTime, ...event } of events ?? []) {
      const scheduled = event.activityTaskScheduledEventAttributes;
      if (scheduled) queueOf.set(String(eventId), scheduled.taskQueue?.name ?? '');
      const queue = queueOf.get(String(event.activityTaskStartedEventAttributes?.scheduledEventId));
      if (queue === undefined) continue;
      const at = Number(eventTime?.seconds) * 1_000 + Number(eventTime?.nanos) / 1e6;
      starts.set(queue, [...(starts.get(queue) ?? []), at]);
    }
  }
  return starts;
}
