import type { ActualRecord, ActualStatus } from '../domain/actual.ts';
import { cutToLength } from '../domain/cut-to-length.ts';
import { apiVersion } from '../domain/resource.ts';
import { HomeostatError, toCodedErrors } from '../domain/failure.ts';
import { findRefusal, toRefusedBlock, type Refusal } from '../domain/refusal.ts';
import type { Block, PlanningInput, PlanningResult, PlanPreviewInput, PreviewLook, Question } from '../domain/run.ts';
import { isMassDelete, type PendingRemovals } from '../domain/mass-delete.ts';
import type { SealedPlan } from '../domain/sealed-plan.ts';
import { checkPlan } from '../planners/check-plan.ts';
import type { ActualChange } from '../state/changes.ts';
import type { RemovalView } from '../state/removals.ts';
import { isStoreFault } from '../state/store-error.ts';
import type { ActivityScope } from './activity-scope.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { findDependencyBlock } from './dependency-block.ts';
import { isHostBound, loadResource, ownerElsewhere, type LoadedResource } from './load-resource.ts';
import { observeResource, type ComparedResource } from './observe-resource.ts';
import { findHold, findLeftAlone } from './hold-back.ts';
import { findMissingSecrets } from './missing-secrets.ts';
import { retryIfMoved } from './moved-meanwhile.ts';
import { planFor, type Circumstances, type Planned } from './plan-for.ts';
import { recordProposal } from './record-proposal.ts';
import { sealPlan, toSealContext } from './seal-plan.ts';
import { settleOpenEffects } from './settle-open-effects.ts';
import { wasNeverApplied } from './verify-and-record.ts';
import { inNewestMode, needsRecord, newStatus, toLastApplied, toObserved, toProgressing } from './status.ts';

/**
 * One activity for the whole thinking half of a pass: settles what is open in the ledger, observes, plans, classifies
 * the risk and seals. Its result is recorded in the history, so a plan that was made is never made differently again.
 */
export async function observeAndPlan(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  input: PlanningInput,
): Promise<PlanningResult> {
  const [loaded, openEntries] = await Promise.all([
    loadResource(dependencies, input.resource),
    dependencies.state.ledger.listOpen(input.resource),
  ]);
  if (loaded.type === 'invalid') {
    const { revision, desired } = loaded.snapshot;
    const base = { format: 1, readRevision: revision, desiredRevision: desired?.modRevision ?? 0 } as const;
    if (wasNeverApplied(loaded.snapshot))
      return { ...base, type: 'nothing', queue: scope.queue, recorded: loaded.snapshot.actual === undefined };
    return { ...base, type: 'blocked', block: toInvalidBlock(loaded.errors) };
  }
  const { resource } = loaded;
  const base = { format: 1, readRevision: resource.readRevision, desiredRevision: resource.desiredRevision } as const;
  // First: the run says it once, and the host it is sent on to may not answer.
  if (input.retryAsked) await forgetRefusal(dependencies, scope, resource);
  const elsewhere = ownerElsewhere(resource, dependencies.host);
  if (elsewhere !== undefined) return { ...base, type: 'elsewhere', host: elsewhere };

  const open = await settleOpenEffects(dependencies, scope, input, openEntries);
  if (open.length > 0) return { ...base, type: 'outcome-unknown', open };

  const decided = await decide(
    dependencies,
    scope,
    resource,
    input,
    (observed) =>
      findHold(dependencies, observed) ?? (input.retryAsked ? undefined : findLeftAlone(observed, input.now)),
  );
  const { massDelete } = decided;
  // Also of one that waits for others: when they have gone it is still one of as many.
  if (massDelete !== undefined) {
    await dependencies.state.removals.noteCounted(resource.key, resource.resourceId, massDelete);
  }
  if (decided.type === 'blocked') return { ...base, type: 'blocked', block: decided.block };
  if (decided.type === 'ask-model') return { ...base, ...decided };
  if (decided.type === 'nothing') {
    return { ...base, type: 'nothing', queue: scope.queue, recorded: !needsRecord(decided.resource) };
  }
  const { plan, plannedBy, resource: observed } = decided;
  const sealed = sealPlan(plan, observed, {
    ...toSealContext(dependencies, scope, input, observed),
    massDelete,
    plannedBy,
  });
  if (input.triedShapes.includes(sealed.shape)) {
    const message = input.failures.at(-1) ?? 'the same plan failed before';
    return { ...base, type: 'blocked', block: { code: 'NOT_CONVERGED', message, retry: true } };
  }
  const refused = findRefusal(resource.actual?.status, sealed.identity);
  if (refused !== undefined && !input.retryAsked) {
    return { ...base, type: 'blocked', block: toRefusedBlock(refused, resource.key) };
  }
  await noteBeginning(dependencies, scope, observed, sealed);
  return { ...base, type: 'plan', sealed };
}

/** A person's word ends it for good, not for one attempt. What it ended is in the audit trail. */
async function forgetRefusal(
  { state }: ActivityDependencies,
  { workflowId, runId }: ActivityScope,
  { key, actual }: LoadedResource,
): Promise<void> {
  const { refused, refusedRepair, leftAlone }: Partial<ActualStatus> = actual?.status ?? {};
  if (refused === undefined && refusedRepair === undefined && leftAlone === undefined) return;
  const detail = {
    ...(refused === undefined ? {} : { refused: toDetail(refused) }),
    ...(refusedRepair === undefined ? {} : { refusedRepair: toDetail(refusedRepair) }),
    ...(leftAlone === undefined ? {} : { leftAlone: { ...leftAlone } }),
  };
  await state.changeActual(
    key,
    (current) => {
      if (current === undefined) return 'unchanged';
      const { leftAlone: _leftAlone, refused: _refused, refusedRepair: _refusedRepair, ...status } = current.status;
      return { ...current, status };
    },
    { type: 'block-lifted', workflowId, runId, detail },
  );
}

function toDetail({ reason, approver, identity }: Refusal) {
  return { reason, approver, identity };
}

/**
 * The same planning with nothing settled or executed, and nothing written to the resource. Where rules do not do, the
 * question for a model is kept, and asking it leaves what it leaves in a run: plan, transcript, cost and audit event.
 */
export async function previewPlan(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  input: PlanPreviewInput,
): Promise<PreviewLook> {
  const preview =
    input.absent === true ? { desired: null } : input.desired === undefined ? undefined : { desired: input.desired };
  const loaded = await loadResource(dependencies, input.resource, preview);
  if (loaded.type === 'invalid') return { type: 'blocked', block: toInvalidBlock(loaded.errors) };
  const elsewhere = ownerElsewhere(loaded.resource, dependencies.host);
  if (elsewhere !== undefined) return { type: 'elsewhere', host: elsewhere };
  const decided = await decide(dependencies, scope, loaded.resource, { ...input, failures: [], triedShapes: [] });
  if (decided.type === 'nothing') return { type: 'nothing' };
  if (decided.type === 'blocked') return { type: 'blocked', block: decided.block };
  if (decided.type === 'ask-model') return decided;
  const ofNoRun = { firstRunId: '', pass: 0, now: 0 };
  const sealed = sealPlan(decided.plan, decided.resource, {
    ...toSealContext(dependencies, scope, ofNoRun, decided.resource),
    massDelete: decided.massDelete,
  });
  return {
    type: 'plan',
    change: sealed.change,
    plan: sealed.plan,
    needsApproval: sealed.needsApproval,
    ...(decided.answer === undefined ? {} : { answer: decided.answer }),
  };
}

/** More errors in one value are counted, not listed: the message travels through history and status. */
const shownErrors = 20;

type Decided = (
  | ({ readonly type: 'plan'; readonly resource: ComparedResource } & Planned)
  | { readonly type: 'nothing'; readonly resource: ComparedResource }
  | ({ readonly type: 'ask-model' } & Question)
  | { readonly type: 'blocked'; readonly block: Block }
) & {
  /** It is to go with so many others that a person must say so. */
  readonly massDelete?: PendingRemovals | undefined;
};

async function decide(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  loaded: LoadedResource,
  circumstances: Circumstances,
  /** Why nothing may be started now; left out for a preview, which shows the plan of what is held back, too. */
  findHeld?: (resource: ComparedResource) => Block | undefined,
): Promise<Decided> {
  const { state, log, readSecret } = dependencies;
  const observed = await observeResource(loaded, { signal: scope.signal, log });
  const isSettled = observed.observation.type !== 'unreachable' && observed.delta.type === 'none';
  const isToGo = observed.desired === undefined && !isSettled;
  const removal = isToGo ? await state.removals.view(observed.key) : undefined;
  const massDelete = removal === undefined ? undefined : toMassDelete(removal);
  if (observed.observation.type === 'unreachable') {
    const block: Block = { code: 'UNREACHABLE', message: observed.observation.cause, retry: true };
    return { type: 'blocked', block, massDelete };
  }
  if (isSettled) return { type: 'nothing', resource: observed };
  const missing = await findMissingSecrets(observed, readSecret);
  // Whoever runs the runtime can mend that without touching what is desired, so it is looked at again.
  if (missing.length > 0) return { type: 'blocked', block: { ...toInvalidBlock(missing), retry: true } };
  const block = await findDependencyBlock(observed, removal, state.resources);
  const held = block ?? findHeld?.(observed);
  if (held !== undefined) return { type: 'blocked', block: held, massDelete };
  const { agent } = observed;
  try {
    const context = { signal: scope.signal, log, failures: circumstances.failures };
    const planned = await planFor(dependencies, observed, context, circumstances);
    if ('question' in planned) return { type: 'ask-model', ...planned };
    checkPlan(planned.plan, agent.tools());
    if (planned.plan.steps.length === 0) {
      throw new HomeostatError('PLANNING_FAILED', {
        problem: `agent ${agent.name} plans nothing for a ${observed.delta.type}`,
        remedy: 'give it a rule that plans a step for this difference',
      });
    }
    return { type: 'plan', ...planned, massDelete, resource: observed };
  } catch (error) {
    const [first] = toCodedErrors(error);
    // Retrying the activity would ask the same rules about the same delta: the run says so instead.
    if (first === undefined || isStoreFault(first)) throw error;
    const message = toCodedErrors(error)
      .map((coded) => coded.message)
      .join('; ');
    return { type: 'blocked', block: { code: first.code, message, retry: first.retryable }, massDelete };
  }
}

/** What it was once found to be one of, or is now, unless somebody said that this one is meant. */
function toMassDelete({ isMeant, counted, unmeant, among }: RemovalView): PendingRemovals | undefined {
  if (isMeant) return undefined;
  const pending = { unmeant, among };
  return counted ?? (isMassDelete(pending) ? pending : undefined);
}

function toInvalidBlock(errors: readonly HomeostatError[]): Block {
  const shown = errors.slice(0, shownErrors).map((error) => error.message);
  const more = errors.length > shown.length ? [`and ${errors.length - shown.length} more`] : [];
  return {
    code: errors[0]!.code,
    message: cutToLength([...shown, ...more].join('; '), 4_000),
    retry: false,
    invalid: true,
  };
}

/**
 * Says in `actual` what is about to happen, before the first effect: the state in the life cycle, the owner, and for a
 * new resource the spec, so that what was begun can be observed and removed even if desired goes away meanwhile. What
 * waits for a person has not begun. The plan itself goes into the audit chain, either way.
 *
 * Nothing is begun of a new resource that was changed while it was looked at: its immutable fields would be held to what
 * was never made. That is a `STORE_CONFLICT`, and the next attempt looks and plans anew.
 */
async function noteBeginning(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  resource: ComparedResource,
  sealed: SealedPlan,
): Promise<void> {
  const { key, delta } = resource;
  const waits = sealed.needsApproval;
  const begins = !waits && resource.actual?.lastApplied === undefined;
  const change: ActualChange = (current) => {
    const before = current?.status ?? newStatus;
    const begun = waits ? undefined : toLastApplied(resource);
    const lastApplied = inNewestMode(current?.lastApplied, resource) ?? begun;
    const status: ActualStatus = {
      ...(waits ? toObserved(before, resource) : toProgressing(before, delta.type)),
      ...(isHostBound(resource) ? { owner: dependencies.host } : {}),
    };
    return {
      apiVersion,
      kind: key.kind,
      metadata: { name: key.name, tenant: key.tenant },
      id: resource.resourceId,
      ...(lastApplied === undefined ? {} : { lastApplied }),
      status,
    } satisfies ActualRecord;
  };
  const grounds = begins ? { desiredRevision: resource.desiredRevision } : undefined;
  await retryIfMoved(recordProposal(dependencies, scope, sealed, change, grounds));
}
