import type { Client } from '@temporalio/client';
import { taskQueues } from '../../src/domain/messages.ts';

const patienceMs = 5_000;
const shownRuns = 5;
const shownEvents = 8;

/** Temporal's `TaskQueueType`. */
const taskQueueTypes = { workflow: 1, activity: 2 } as const;
const queues = [
  { name: taskQueues.main, type: 'workflow' },
  { name: taskQueues.main, type: 'activity' },
  { name: taskQueues.tools, type: 'activity' },
] as const;

/** What Temporal holds of the open runs and who asks for their tasks, as JSON lines: for a wait that was in vain. */
export async function describeRuns(client: Client): Promise<string> {
  try {
    return await client.withDeadline(Date.now() + patienceMs, async () => {
      const { workflowService, options } = client;
      const { namespace } = options;
      const lines: unknown[] = [{ now: new Date().toISOString() }];
      for (const { name, type } of queues) {
        const { pollers } = await workflowService.describeTaskQueue({
          namespace,
          taskQueue: { name },
          taskQueueType: taskQueueTypes[type],
        });
        lines.push({ queue: name, type, pollers });
      }
      let shown = 0;
      for await (const { workflowId } of client.workflow.list({ query: 'ExecutionStatus = "Running"' })) {
        if ((shown += 1) > shownRuns) break;
        const handle = client.workflow.getHandle(workflowId);
        const { raw } = await handle.describe();
        const { events } = await handle.fetchHistory();
        lines.push({
          run: workflowId,
          pendingTask: raw.pendingWorkflowTask,
          pendingActivities: raw.pendingActivities,
          events: events?.slice(-shownEvents),
        });
      }
      return lines.map((line) => JSON.stringify(line)).join('\n');
    });
  } catch (error) {
    return `Temporal cannot say: ${String(error)}`;
  }
}
