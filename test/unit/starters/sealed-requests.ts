import type { ApprovalRequest } from '../../../src/domain/approval.ts';
import { toReconcileWorkflowId, type ResourceKey } from '../../../src/domain/identity.ts';
import type { SealedStep } from '../../../src/domain/plan.ts';
import { sealOf, stepDigestOf, type SealContent } from '../../../src/domain/sealed-plan.ts';

/** One step, sealed as the runtime would. */
export const removeStep: SealedStep = {
  id: 's1',
  toolName: 'drop_database',
  parameters: { name: 'main' },
  description: 'drop main with all it has',
  riskLevel: 'dangerous',
  toolDigest: 'digest',
  queue: 'homeostat-tools',
  gate: 'drop_database is dangerous here',
  onFailure: 'abort',
  timeoutMs: 1_000,
  maximumAttempts: 3,
  summary: '[1/1] drop_database(main)',
};

/** A request as a run would put it before people; `pass` makes seals differ. */
export function sealedRequest(
  resource: ResourceKey,
  { pass = 1, expiresAt = Date.parse('2030-01-02') } = {},
): ApprovalRequest {
  const content: SealContent = {
    format: 1,
    tenant: resource.tenant,
    resourceId: '7',
    workflowId: toReconcileWorkflowId(resource),
    firstRunId: 'run',
    pass,
    desiredDigest: 'desired',
    deltaDigest: 'delta',
    policyDigest: 'policy',
    stepDigests: [stepDigestOf(removeStep)],
    expiresAt,
  };
  return {
    seal: sealOf(content),
    content,
    resource,
    workflowId: content.workflowId,
    plan: { steps: [removeStep], riskLevel: 'dangerous', reasoning: 'main is not wanted any more' },
    requester: 'unknown',
    requestedAt: '2030-01-01T00:00:00.000Z',
    expiresAt: new Date(expiresAt).toISOString(),
    state: 'pending',
  };
}
