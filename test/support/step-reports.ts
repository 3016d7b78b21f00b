import type { Client } from '@temporalio/client';
import { toReconcileWorkflowId, type ResourceKey } from '../../src/domain/identity.ts';

/** Who reported the steps of the resource's newest run as done, in order, as Temporal has it. */
export async function listStepReporters(client: Client, key: ResourceKey): Promise<readonly string[]> {
  const { events } = await client.workflow.getHandle(toReconcileWorkflowId(key)).fetchHistory();
  const steps = new Set<string>();
  const reporters: string[] = [];
  for (const { eventId, activityTaskScheduledEventAttributes, activityTaskCompletedEventAttributes } of events ?? []) {
    if (activityTaskScheduledEventAttributes?.activityType?.name === 'executeStep') steps.add(String(eventId));
    if (steps.has(String(activityTaskCompletedEventAttributes?.scheduledEventId)))
      reporters.push(activityTaskCompletedEventAttributes!.identity!);
  }
  return reporters;
}
