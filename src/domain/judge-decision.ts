import type { ApprovalRequest, Decision, DecisionPayload } from './approval.ts';
import { HomeostatError } from './failure.ts';
import { showResource, type ResourceKey } from './identity.ts';
import { toldCommand } from './told-command.ts';

/** One sealed plan waiting for a person, or the last one that was. */
export interface Gate {
  readonly seal: string;
  readonly expiresAt: number;
  readonly decision?: Decision;
  /** Set when the wait is over without a decision. */
  readonly closed?: 'expired' | 'superseded';
}

export type Judgement =
  | { readonly type: 'accept'; readonly decision: Decision }
  /** The same was said before: answered the same. */
  | { readonly type: 'repeat'; readonly decision: Decision }
  | { readonly type: 'refuse'; readonly error: HomeostatError };

/** Why a plan that a person was asked about is not to be decided on any more. */
export const planIsVoid = 'this plan is void: desired changed, or a fault went first';

/** The gate as it is on record. */
export function toRecordedGate({ seal, expiresAt, state, decision }: ApprovalRequest): Gate {
  return {
    seal,
    expiresAt: Date.parse(expiresAt),
    ...(decision === undefined ? {} : { decision }),
    ...(state === 'expired' || state === 'superseded' ? { closed: state } : {}),
  };
}

/**
 * The one check behind every door: signal, update, command line, and the record. First decision wins; the same again is answered the
 * same; the opposite, the late and the early are refused. `now` is workflow time.
 */
export function judgeDecision(
  resource: ResourceKey,
  gate: Gate | undefined,
  payload: DecisionPayload,
  now: number,
): Judgement {
  const look = `look with: ${toldCommand('approvals', resource)}`;
  const retry = toldCommand(`retry ${showResource(resource)}`, resource);
  const refuse = (
    code: 'NOT_WAITING' | 'SEAL_MISMATCH' | 'ALREADY_DECIDED' | 'APPROVAL_EXPIRED',
    problem: string,
    remedy: string,
  ): Judgement => ({
    type: 'refuse',
    error: new HomeostatError(code, { path: 'seal', problem, remedy }),
  });
  if (gate === undefined) return refuse('NOT_WAITING', 'nothing waits for a decision', look);
  if (gate.seal !== payload.seal) {
    if (gate.closed !== undefined || gate.decision !== undefined) {
      return refuse('NOT_WAITING', 'this plan does not wait for a decision', look);
    }
    return refuse('SEAL_MISMATCH', 'another plan waits now', `look at it first: ${toldCommand('approvals', resource)}`);
  }
  if (gate.decision !== undefined) {
    if (gate.decision.verdict === payload.verdict) return { type: 'repeat', decision: gate.decision };
    return refuse(
      'ALREADY_DECIDED',
      `was ${gate.decision.verdict} by ${gate.decision.approver}`,
      `change desired, or say: ${retry}`,
    );
  }
  if (gate.closed === 'superseded') return refuse('NOT_WAITING', planIsVoid, look);
  if (gate.closed === 'expired' || now >= gate.expiresAt) {
    return refuse('APPROVAL_EXPIRED', 'the time to decide is over', `say: ${retry}`);
  }
  return {
    type: 'accept',
    decision: {
      verdict: payload.verdict,
      seal: payload.seal,
      approver: `unverified:${payload.approver}`,
      ...(payload.reason === undefined ? {} : { reason: payload.reason }),
      decidedAt: new Date(now).toISOString(),
    },
  };
}
