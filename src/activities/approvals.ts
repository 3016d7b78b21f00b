import type { ActualStatus } from '../domain/actual.ts';
import type { Delta } from '../domain/delta.ts';
import type { ApprovalRequest } from '../domain/approval.ts';
import { toCodedErrors, type FailureCode } from '../domain/failure.ts';
import { showResource } from '../domain/identity.ts';
import type {
  CloseRequestInput,
  MarkedUnknown,
  MarkUnknownInput,
  OpenRequestInput,
  ResolveInput,
} from '../domain/run.ts';
import { shortSeal } from '../domain/sealed-plan.ts';
import { toldCommand } from '../domain/told-command.ts';
import type { ActivityScope } from './activity-scope.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { desiredDigestOf, toLoaded } from './load-resource.ts';
import { supersedeForgotten } from './supersede-forgotten.ts';
import { toAwaitingApproval, toLastApplied, toOutcomeUnknown, toProgressing } from './status.ts';

/** Puts a sealed plan before people: the request, and the condition that says so. */
export async function openRequest(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  { resource, sealed, now }: OpenRequestInput,
): Promise<void> {
  const { state, log, tell } = dependencies;
  const request: ApprovalRequest = {
    seal: sealed.seal,
    content: sealed.content,
    resource,
    workflowId: scope.workflowId,
    plan: sealed.plan,
    ...(sealed.plannedBy === undefined ? {} : { plannedBy: sealed.plannedBy }),
    requester: 'unknown',
    requestedAt: new Date(now).toISOString(),
    expiresAt: new Date(sealed.content.expiresAt).toISOString(),
    state: 'pending',
  };
  await state.approvals.create(request, scope, (current) =>
    current === undefined ? 'unchanged' : { ...current, status: toAwaitingApproval(current.status, sealed) },
  );
  await supersedeForgotten(dependencies, scope, request);
  log.warn({ seal: sealed.seal, risk: sealed.plan.riskLevel }, 'waits for approval');
  const steps = sealed.plan.steps.map(
    ({ toolName, riskLevel, gate }) => `- ${toolName}, ${riskLevel}${gate === undefined ? '' : `: ${gate}`}`,
  );
  const name = showResource(resource);
  await tell(
    {
      event: 'approval-pending',
      title: `${name} waits for your approval until ${request.expiresAt}`,
      text: [...steps, '', toldCommand(`approve ${name} --seal ${shortSeal(sealed.seal)}`, resource)].join('\n'),
      severity: 'warning',
      resource,
    },
    scope,
  );
}

/** Puts the end of a wait on record, before anything it allows. */
export async function closeRequest(
  { registry, state, log }: ActivityDependencies,
  scope: ActivityScope,
  { resource, seal, outcome }: CloseRequestInput,
): Promise<void> {
  if (outcome.type === 'decided') {
    const approved = outcome.decision.verdict === 'approved';
    const snapshot = await state.resources.read(resource);
    const loaded = toLoaded(registry, snapshot);
    const request = await state.approvals.get(resource.tenant, seal);
    await state.approvals.decide(resource.tenant, outcome.decision, scope, (current) => {
      if (current === undefined || !approved) return 'unchanged';
      const isSealed =
        loaded.type === 'loaded' && desiredDigestOf(loaded.resource.desired) === request?.content.desiredDigest;
      // What was desired since then is let through by nobody's word.
      const begun = isSealed ? toLastApplied(loaded.resource) : undefined;
      const lastApplied = current.lastApplied ?? begun;
      const change = changeOf(snapshot.desired !== undefined, current.status);
      return {
        ...current,
        ...(lastApplied === undefined ? {} : { lastApplied }),
        status: toProgressing(current.status, change),
      };
    });
  } else {
    await state.approvals.close(resource.tenant, seal, outcome.type, scope).catch(unlessNotKept);
  }
  log.info({ seal, outcome: outcome.type === 'decided' ? outcome.decision.verdict : outcome.type }, 'wait is over');
}

/** A question that was let go of long after its time has nothing left to close, and keeps no run from its end. */
function unlessNotKept(error: unknown): void {
  if (!toCodedErrors(error).some(({ code }) => code === 'NOT_FOUND')) throw error;
}

function changeOf(isWanted: boolean, { observed }: ActualStatus): Delta['type'] {
  if (!isWanted) return 'delete';
  return observed === undefined ? 'create' : 'update';
}

/** Says on the resource that a person must tell what became of an effect, where nobody has told meanwhile. */
export async function markUnknown(
  { state, log }: ActivityDependencies,
  scope: ActivityScope,
  { resource, open }: MarkUnknownInput,
): Promise<MarkedUnknown> {
  const stillOpen = await state.ledger.markUnknown(resource, open, scope);
  if (stillOpen.length > 0) {
    await state.changeActual(resource, (current) =>
      current === undefined ? 'unchanged' : { ...current, status: toOutcomeUnknown(current.status, stillOpen) },
    );
    log.warn({ open: stillOpen }, 'outcome unknown, a person must say');
  }
  return { open: stillOpen };
}

const settledAlready = new Set<FailureCode>(['NOT_WAITING', 'NOT_FOUND', 'ALREADY_DECIDED']);

/** Puts on record what a person said became of an effect. With the last answer the plan goes on, or another one is made. */
export async function resolveEffect(
  { state, log }: ActivityDependencies,
  scope: ActivityScope,
  { resource, seal, step, choice, approver, now }: ResolveInput,
): Promise<void> {
  const resolution = { choice, approver: `unverified:${approver}` } as const;
  try {
    await state.ledger.resolve(resource, seal, step, resolution, scope, new Date(now).toISOString());
  } catch (error) {
    // Settled by itself, or by somebody else, before this answer came: then there is nothing left to say of it.
    const isSettled = toCodedErrors(error).some(({ code }) => settledAlready.has(code));
    if (!isSettled) throw error;
    log.info({ seal, step }, 'was settled before the answer came');
    return;
  }
  log.info({ seal, step, choice }, 'resolved');
  if (choice === 'give_up') return;
  const stillOpen = await state.ledger.listOpen(resource);
  if (stillOpen.length > 0) return;
  const { desired } = await state.resources.read(resource);
  await state.changeActual(resource, (current) =>
    current === undefined || !saysUnknown(current.status)
      ? 'unchanged'
      : { ...current, status: toProgressing(current.status, changeOf(desired !== undefined, current.status)) },
  );
}

/** Whether it still says what the answer is about; an attempt that comes late finds that it says something else. */
function saysUnknown({ conditions }: ActualStatus): boolean {
  return conditions.some(({ reason }) => reason === 'OUTCOME_UNKNOWN');
}
