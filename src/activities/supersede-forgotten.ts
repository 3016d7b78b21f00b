import type { ApprovalRequest } from '../domain/approval.ts';
import type { ActivityScope } from './activity-scope.ts';
import type { ActivityDependencies } from './dependencies.ts';

/**
 * Closes what earlier runs of this request's workflow asked and can close no more: they were terminated, cancelled, or
 * failed. A run that continues as new goes on with its own. They are found by the audit trail of the one resource.
 */
export async function supersedeForgotten(
  { state }: Pick<ActivityDependencies, 'state'>,
  scope: ActivityScope,
  asked: ApprovalRequest,
): Promise<void> {
  const { resource } = asked;
  const open = new Set<unknown>();
  for (const { type, detail } of await state.audit.list(resource)) {
    if (type === 'approval-requested') open.add(detail.seal);
    if (type === 'approval-decided' || type === 'approval-closed') open.delete(detail.seal);
  }
  for (const seal of open) {
    const earlier = typeof seal === 'string' ? await state.approvals.get(resource.tenant, seal) : undefined;
    if (earlier !== undefined && isForgotten(earlier, asked)) {
      await state.approvals.close(resource.tenant, earlier.seal, 'superseded', scope);
    }
  }
}

/** The older of two questions that different runs of one workflow asked: of those only one can be running. */
function isForgotten(earlier: ApprovalRequest, asked: ApprovalRequest): boolean {
  return (
    earlier.state === 'pending' &&
    earlier.workflowId === asked.workflowId &&
    earlier.content.firstRunId !== asked.content.firstRunId &&
    Date.parse(earlier.requestedAt) < Date.parse(asked.requestedAt)
  );
}
