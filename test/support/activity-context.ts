import type { ActivityScope } from '../../src/activities/activity-scope.ts';
import type { ActivityDependencies } from '../../src/activities/dependencies.ts';
import { noModels } from '../../src/testing/no-models.ts';
import { toReconcileWorkflowId, type ResourceKey } from '../../src/domain/identity.ts';
import { taskQueues } from '../../src/domain/messages.ts';

/** Settings of activities in tests: everything is done by itself, and nothing is waited for long. */
export const activitySettings: ActivityDependencies['settings'] = {
  approvalExpiresAfterMs: 1_000,
  retryFirstMs: 1_000,
  retryLongestMs: 8_000,
  modes: { default: 'act', kinds: {}, tenants: {} },
};

/** What activities need, over a state of the test's own; no model, no runbook, nobody to tell. */
export function createActivityDependencies(
  parts: Pick<ActivityDependencies, 'registry' | 'state' | 'readSecret'>,
): ActivityDependencies {
  return {
    ...parts,
    host: 'host-1',
    log: { info: () => undefined, warn: () => undefined },
    settings: activitySettings,
    models: noModels,
    tell: async () => undefined,
    runbooks: [],
  };
}

/** Where an activity runs: the first attempt of the resource's first run. */
export function toActivityScope(resource: ResourceKey): ActivityScope {
  return {
    workflowId: toReconcileWorkflowId(resource),
    runId: 'run-1',
    scheduledAt: 0,
    attempt: 1,
    queue: taskQueues.tools,
    signal: new AbortController().signal,
    heartbeat: () => undefined,
  };
}
