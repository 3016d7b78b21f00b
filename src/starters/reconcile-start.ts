import type { Client } from '@temporalio/client';
import { showResource, toReconcileWorkflowId, type ResourceKey } from '../domain/identity.ts';
import { taskQueues, toSearchAttributes, workflowTypes, type ReconcileInput } from '../domain/messages.ts';
import { messageTimeoutMs, withDeadline } from './with-deadline.ts';

/**
 * How a resource's run is started, whoever does it: the same id, queue and policies for watcher and people, so that
 * there is ever one run, and whichever signal comes first starts it.
 */
export function toReconcileStart(resource: ResourceKey, searchAttributes: boolean) {
  const input: ReconcileInput = { resource, searchAttributes };
  return {
    workflowId: toReconcileWorkflowId(resource),
    taskQueue: taskQueues.main,
    args: [input],
    // A runtime that dies in a workflow task leaves the run lying for this long; Temporal's own ten seconds are too many.
    workflowTaskTimeout: '5s',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `keeps ${showResource(resource)} as desired`,
    priority: { fairnessKey: resource.tenant },
    ...(searchAttributes ? { typedSearchAttributes: toSearchAttributes(resource) } : {}),
  } as const;
}

/**
 * Tells a resource's run something, by signal-with-start. Throws what Temporal's client does, also where nobody has
 * answered in time: then it may have got through all the same.
 */
export async function signalReconcile(
  client: Client,
  { args, ...start }: ReturnType<typeof toReconcileStart>,
  signal: string,
  ...signalArgs: readonly unknown[]
): Promise<void> {
  await withDeadline(client, messageTimeoutMs, () =>
    client.workflow.signalWithStart(workflowTypes.reconcile, {
      ...start,
      args: [...args],
      signal,
      signalArgs: [...signalArgs],
    }),
  );
}
