import { showResource, toReconcileWorkflowId, type ResourceKey } from '../domain/identity.ts';
import { taskQueues, toSearchAttributes, type ReconcileInput } from '../domain/messages.ts';

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
