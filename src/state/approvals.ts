import type { ApprovalRequest, Decision } from '../domain/approval.ts';
import { HomeostatError } from '../domain/failure.ts';
import { isSameResource, type ResourceKey } from '../domain/identity.ts';
import { judgeDecision, toRecordedGate } from '../domain/judge-decision.ts';
import { toldCommand } from '../domain/told-command.ts';
import type { AuditScope } from './audit-scope.ts';
import { commitChange, type ActualChange } from './changes.ts';
import { removeUnchanged } from './remove-unchanged.ts';
import type { StateContext } from './state-context.ts';
import { parseOwn, toStored } from './stored-json.ts';

/**
 * Requests for approval on record. Who may decide, and whether it is in time, is judged before; here the first one
 * wins. An `actual` change travels in the same transaction and is applied also when the request needs no change.
 */
export interface Approvals {
  /** The same seal again is the same request. */
  create(request: ApprovalRequest, scope: AuditScope, actual?: ActualChange): Promise<ApprovalRequest>;
  /** The same verdict again is answered the same; else `ALREADY_DECIDED`, `APPROVAL_EXPIRED`, `NOT_WAITING`, `NOT_FOUND`. */
  decide(tenant: string, decision: Decision, scope: AuditScope, actual?: ActualChange): Promise<ApprovalRequest>;
  /** Ends a wait without a decision. One that was decided or closed before stays as it is. */
  close(
    tenant: string,
    seal: string,
    state: 'expired' | 'superseded',
    scope: AuditScope,
    actual?: ActualChange,
  ): Promise<ApprovalRequest>;
  get(tenant: string, seal: string): Promise<ApprovalRequest | undefined>;
  /** Newest first. */
  list(tenant?: string, state?: ApprovalRequest['state']): Promise<readonly ApprovalRequest[]>;
  /** Requests of one resource whose seal begins so, newest first: people type the first digits. */
  find(resource: ResourceKey, sealPrefix: string): Promise<readonly ApprovalRequest[]>;
  /**
   * Removes requests of all tenants that were decided longer ago than this, or else expired by then: nobody waits for those
   * any more, also where a run that ended early left one open. Decisions stay in the audit trail. How many went. Stops early
   * when the signal aborts.
   */
  removeOlderThan(ageMs: number, signal?: AbortSignal): Promise<number>;
}

export function createApprovals(context: StateContext): Approvals {
  const { store, keys, now } = context;

  const get = async (tenant: string, seal: string) => {
    const { entry } = await store.get(keys.approval(tenant, seal));
    return parseOwn<ApprovalRequest>(entry);
  };

  /** A request's next state; `next` returns what it is given to leave it so. */
  const change = async (
    tenant: string,
    seal: string,
    { workflowId, runId }: AuditScope,
    actual: ActualChange | undefined,
    next: (current: ApprovalRequest) => ApprovalRequest,
  ): Promise<ApprovalRequest> => {
    const before = await get(tenant, seal);
    if (before === undefined) throw notFound(tenant, seal);
    const key = keys.approval(tenant, seal);
    const { result } = await commitChange(context, {
      resource: before.resource,
      at: now().toISOString(),
      reads: [key],
      actual,
      decide(snapshot) {
        const current = parseOwn<ApprovalRequest>(snapshot.get(key));
        if (current === undefined) throw notFound(tenant, seal);
        const changed = next(current);
        if (changed === current) return { result: current };
        const { state, decision } = changed;
        return {
          result: changed,
          writes: [{ type: 'put', key, value: toStored(changed) }],
          audit: {
            type: decision === undefined ? 'approval-closed' : 'approval-decided',
            workflowId,
            runId,
            detail: { seal, state, ...(decision === undefined ? {} : { decision: { ...decision } }) },
          },
        };
      },
    });
    return result;
  };

  const list = async (tenant?: string, state?: ApprovalRequest['state']) => {
    const { entries } = await store.list(keys.approvalsIn(tenant));
    return entries
      .flatMap((entry) => parseOwn<ApprovalRequest>(entry) ?? [])
      .filter((request) => state === undefined || request.state === state)
      .toSorted((left, right) => right.requestedAt.localeCompare(left.requestedAt));
  };

  return {
    async create(request, { workflowId, runId }, actual) {
      const { resource, seal, requester, expiresAt, plan } = request;
      const key = keys.approval(resource.tenant, seal);
      const { result } = await commitChange(context, {
        resource,
        at: now().toISOString(),
        reads: [key],
        actual,
        decide(snapshot) {
          const existing = parseOwn<ApprovalRequest>(snapshot.get(key));
          if (existing !== undefined) return { result: existing };
          return {
            result: request,
            writes: [{ type: 'put', key, value: toStored(request) }],
            audit: {
              type: 'approval-requested',
              workflowId,
              runId,
              detail: { seal, requester, expiresAt, riskLevel: plan.riskLevel },
            },
          };
        },
      });
      return result;
    },
    decide: (tenant, decision, scope, actual) =>
      change(tenant, decision.seal, scope, actual, (current) => {
        const judgement = judgeDecision(
          current.resource,
          toRecordedGate(current),
          decision,
          Date.parse(decision.decidedAt),
        );
        if (judgement.type === 'refuse') throw judgement.error;
        return current.state === 'pending' ? { ...current, state: decision.verdict, decision } : current;
      }),
    close: (tenant, seal, state, scope, actual) =>
      change(tenant, seal, scope, actual, (current) => (current.state === 'pending' ? { ...current, state } : current)),
    get,
    list,
    async find(resource, sealPrefix) {
      const all = await list(resource.tenant);
      return all.filter((request) => isSameResource(request.resource, resource) && request.seal.startsWith(sealPrefix));
    },
    async removeOlderThan(ageMs, signal) {
      const closedBefore = now().getTime() - ageMs;
      let removed = 0;
      for await (const page of store.walk(keys.approvalsPrefix)) {
        if (signal?.aborted === true) return removed;
        const old = page.filter((entry) => hasEnded(parseOwn<ApprovalRequest>(entry), closedBefore));
        removed += await removeUnchanged(store, old);
      }
      return removed;
    },
  };
}

/** When a wait ended without a decision is not on record: at the latest when it expired. */
function hasEnded(request: ApprovalRequest | undefined, before: number): boolean {
  if (request === undefined) return false;
  return Date.parse(request.decision?.decidedAt ?? request.expiresAt) < before;
}

function notFound(tenant: string, seal: string): HomeostatError {
  return new HomeostatError('NOT_FOUND', {
    path: 'seal',
    problem: 'no such request',
    got: seal,
    remedy: `look with: ${toldCommand('approvals', { tenant })}`,
  });
}
