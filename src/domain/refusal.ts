import type { Decision } from './approval.ts';
import { showResource, type ResourceKey } from './identity.ts';
import type { Block } from './run.ts';
import { toldCommand } from './told-command.ts';

/** A plan identity a person refused or let expire; not asked again until delta, tools or policy change, or `retry`. */
export interface Refusal {
  readonly identity: string;
  readonly reason: string;
  readonly approver: string;
}

/** What a resource's record remembers of refusals: the last of each sort, so that neither takes the place of the other. */
export interface Refusals {
  /** The change. */
  readonly refused?: Refusal;
  /** The repair of a fault. */
  readonly refusedRepair?: Refusal;
}

/** The `approver` of a plan that nobody decided on in time. A person's is never this alone. */
const nobody = 'nobody';

/** What is remembered of a plan that may not run; without a decision nobody decided in time. */
export function toRefusal(identity: string, decision?: Pick<Decision, 'approver' | 'reason'>): Refusal {
  if (decision === undefined) return { identity, reason: 'nobody decided in time', approver: nobody };
  const { approver, reason = 'no reason given' } = decision;
  return { identity, reason, approver };
}

/** What is remembered of a plan of this identity, be it of a change or of a repair; nothing = it may be asked about. */
export function findRefusal({ refused, refusedRepair }: Refusals = {}, identity: string): Refusal | undefined {
  return [refused, refusedRepair].find((refusal) => refusal?.identity === identity);
}

/** Why it is not asked about again: a person said no, or nobody said anything in time. */
export function toRefusedBlock({ reason, approver }: Refusal, resource: ResourceKey): Block {
  const retry = toldCommand(`retry ${showResource(resource)}`, resource);
  return approver === nobody
    ? { code: 'APPROVAL_EXPIRED', message: `${reason} — ${retry}`, retry: false }
    : { code: 'APPROVAL_REJECTED', message: `${reason} (${approver})`, retry: false };
}
