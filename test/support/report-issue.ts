import type { Client } from '@temporalio/client';
import { showResource, type ResourceKey } from '../../src/domain/identity.ts';
import type { Issue, IssueMessage } from '../../src/domain/issue.ts';
import { signalNames, workflowTypes } from '../../src/domain/messages.ts';
import { toReconcileStart } from '../../src/starters/reconcile-start.ts';

/** Reports a fault as any door does: the resource's run is started if none is open, and told. */
export async function reportIssue(
  client: Client,
  resource: ResourceKey,
  overrides: Partial<Issue> = {},
  status: IssueMessage['status'] = 'firing',
): Promise<void> {
  const issue: Issue = {
    type: 'service_down',
    resource: showResource(resource),
    severity: 'warning',
    summary: `${resource.name} does not answer`,
    evidence: [],
    since: '2026-11-21T00:00:00.000Z',
    ...overrides,
  };
  const start = toReconcileStart(resource, true);
  await client.workflow.signalWithStart(workflowTypes.reconcile, {
    ...start,
    args: [...start.args],
    signal: signalNames.issue,
    signalArgs: [{ status, issue } satisfies IssueMessage],
  });
}
