import type { ApprovalRequest } from '../domain/approval.ts';
import { HomeostatError } from '../domain/failure.ts';
import { showResource, type ResourceKey } from '../domain/identity.ts';
import { sealOf, shortSeal, stepDigestOf } from '../domain/sealed-plan.ts';
import { toldCommand } from '../domain/told-command.ts';
import type { Approvals } from '../state/approvals.ts';

/**
 * The request a person means: by the first digits of its seal, else the newest that waits. What it holds is checked
 * against its seal, so that nothing is shown to an approver that the seal does not cover.
 */
export async function findRequest(
  approvals: Pick<Approvals, 'find'>,
  resource: ResourceKey,
  sealPrefix = '',
): Promise<ApprovalRequest> {
  const found = await approvals.find(resource, sealPrefix.toLowerCase());
  const requests = sealPrefix === '' ? found.filter(({ state }) => state === 'pending').slice(0, 1) : found;
  const [request, other] = requests;
  if (request === undefined) {
    throw new HomeostatError(sealPrefix === '' ? 'NOT_WAITING' : 'NOT_FOUND', {
      path: showResource(resource),
      problem: sealPrefix === '' ? 'nothing waits for a decision' : `no request with seal ${sealPrefix}`,
      remedy: `look with: ${toldCommand('approvals', resource)}`,
    });
  }
  if (other !== undefined) {
    throw new HomeostatError('SEAL_MISMATCH', {
      path: 'seal',
      problem: `${requests.length} requests begin so`,
      remedy: `write more digits: ${requests.map(({ seal }) => shortSeal(seal)).join(', ')}`,
    });
  }
  checkSealed(request);
  return request;
}

/** Throws `SEAL_MISMATCH` when a stored request is not what was sealed. */
export function checkSealed({ seal, content, plan, resource }: ApprovalRequest): void {
  const digests = plan.steps.map(stepDigestOf);
  const isWhole =
    sealOf(content) === seal &&
    digests.length === content.stepDigests.length &&
    digests.every((digest, index) => digest === content.stepDigests[index]);
  if (isWhole) return;
  throw new HomeostatError('SEAL_MISMATCH', {
    path: showResource(resource),
    problem: 'the stored request is not what was sealed, somebody changed it',
    remedy: `do not decide on it; ${toldCommand(`retry ${showResource(resource)}`, resource)} makes a new plan`,
  });
}
