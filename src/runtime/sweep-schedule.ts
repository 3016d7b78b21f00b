import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client, type ScheduleOptions } from '@temporalio/client';
import { taskQueues, workflowTypes } from '../domain/messages.ts';

/** The schedule's id, and that of its runs with a time behind it. */
const sweepScheduleId = 'sweep';

/**
 * Creates the schedule of the workflow `sweep`, or brings it to this configuration: every runtime does so at its start,
 * and the last one wins. One that somebody paused stays paused. Throws where Temporal does not do so.
 */
export async function ensureSweepSchedule(client: Client, everyMs: number): Promise<void> {
  const schedule = {
    spec: { intervals: [{ every: everyMs }] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1m' },
    action: {
      type: 'startWorkflow',
      workflowType: workflowTypes.sweep,
      workflowId: sweepScheduleId,
      taskQueue: taskQueues.main,
      args: [],
      workflowExecutionTimeout: '10m',
      staticSummary: 'looks at everything, in case nobody told of a change',
    },
  } satisfies Omit<ScheduleOptions, 'scheduleId'>;
  const create = () => client.schedule.create({ scheduleId: sweepScheduleId, ...schedule });
  const update = () => client.schedule.getHandle(sweepScheduleId).update(({ state }) => ({ ...schedule, state }));
  await create().catch((error: unknown) => {
    if (error instanceof ScheduleAlreadyRunning) return update();
    throw error;
  });
}
