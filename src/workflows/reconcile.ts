import {
  ActivityFailure,
  ApplicationFailure,
  condition,
  continueAsNew,
  patched,
  setHandler,
} from '@temporalio/workflow';
import { toRefusal, toRefusedBlock } from '../domain/refusal.ts';
import type { CarriedRun, InterruptedPlan, ReconcileInput, ReconcileResult } from '../domain/messages.ts';
import type { Block, PlanningResult, RecordBlockedInput, RecordResult } from '../domain/run.ts';
import type { SealedPlan } from '../domain/sealed-plan.ts';
import { toActivityFault } from './activity-fault.ts';
import { passGate } from './approval-gate.ts';
import { executePlan } from './execute-plan.ts';
import { planWithModels } from './ask-model.ts';
import { healIssue, takeIssue } from './heal-child.ts';
import { callWhereSealed, confirmPlan } from './observe.ts';
import { planQuery, progressQuery, statusQuery } from './messages.ts';
import { observingActivities, stateActivities } from './proxies.ts';
import { mayEndTreatment } from './relay-to-heal.ts';
import { waitForResolutions } from './resolution-wait.ts';
import {
  createRunContext,
  enterPhase,
  forgetFailures,
  isHistoryLong,
  isHistoryNearlyFull,
  toCarried,
  toReference,
  type RunContext,
} from './run-context.ts';
import { toProgress, toStatus } from './run-view.ts';

/** Says to `recordBlocked` that the run does not know which revision it could not deal with. */
const unknownRevision = -1;

/** A plan is tried, and planned again at most this many times, before the run ends blocked. */
const maximumReplans = 2;

/** What the run before this one waited for when it was left behind. */
type Waited = Pick<CarriedRun, 'gate' | 'interrupted'>;

type PassOutcome =
  | { readonly type: 'again' }
  | { readonly type: 'end'; readonly outcome: ReconcileResult['outcome']; readonly message: string };

const again: PassOutcome = { type: 'again' };

/**
 * The single actor of one resource: passes (observe, plan, gate, execute, verify, record) until nothing is left to do,
 * then ends. One run in the Temporal UI is one convergence; an idle resource has no open run.
 */
export async function reconcile(input: ReconcileInput): Promise<ReconcileResult> {
  const run = createRunContext(input);
  setHandler(planQuery, () => run.view.sealed?.plan ?? null);
  setHandler(progressQuery, () => toProgress(run.view));
  setHandler(statusQuery, () => toStatus(run.view, run.inbox.refused));

  let waited: Waited = input.carried ?? {};
  for (;;) {
    if (!isAnswerAwaited(run, waited)) await healIssues(run);
    const outcome = await makePass(run, waited).catch((error: unknown) => blockOnFault(run, error));
    waited = {};
    if (outcome.type === 'again') {
      if (isHistoryLong()) await leaveHistoryBehind(run);
      continue;
    }
    run.view.outcome = outcome.message;
    enterPhase(run, 'ended');
    await condition(run.inbox.allFinished);
    if (!hasNews(run) && !(await healOwnError(run)))
      return { outcome: outcome.outcome, message: outcome.message, passes: run.pass };
    run.view.outcome = undefined;
    if (isHistoryLong()) await leaveHistoryBehind(run);
  }
}

function hasNews({ inbox, readRevision }: RunContext): boolean {
  return inbox.noted || inbox.newestRevision > readRevision || inbox.issues.length > 0;
}

/**
 * Whether a question of the run before this one is still open: faults wait behind it as they did there, or the answer
 * would come to nobody. A critical one ends it.
 */
function isAnswerAwaited({ inbox }: RunContext, { gate, interrupted }: Waited): boolean {
  if (interrupted !== undefined) return true;
  return gate !== undefined && inbox.issues.length > 0 && patched('question-before-faults');
}

/** Faults first: what is broken is treated before it is looked at whether anything else is to be done. */
async function healIssues(run: RunContext): Promise<void> {
  for (let issue = takeIssue(run); issue !== undefined; issue = takeIssue(run)) {
    await healIssue(run, issue);
    // What else was reported is left to the run that goes on from here.
    if (isHistoryNearlyFull(run) && mayEndTreatment()) return;
  }
}

/** What this run could not bring about is treated unasked; whether there is anything to look at again. */
async function healOwnError(run: RunContext): Promise<boolean> {
  const own = run.ownError;
  run.ownError = undefined;
  if (own === undefined) return false;
  const healed = await healIssue(run, own.issue);
  // What is left alone says so, and no longer what its treatment waited for.
  if (healed?.outcome === 'resolved' || healed?.isLeftAlone === true || hasNews(run)) return true;
  // Whatever a treatment asked before it was cancelled, nobody waits for the answer.
  if (healed === undefined) return patched('looks-after-a-cancelled-treatment');
  if (healed.hasAsked !== true) return false;
  await block(run, own.desiredRevision, own.block);
  return hasNews(run);
}

/** An activity that failed for good where nothing better is known to do: the run says so, and may try again later. */
async function blockOnFault(run: RunContext, error: unknown): Promise<PassOutcome> {
  if (!(error instanceof ActivityFailure)) throw error;
  const { code, message } = toActivityFault(error);
  return block(run, unknownRevision, { code, message, retry: true });
}

async function leaveHistoryBehind(run: RunContext): Promise<void> {
  await condition(run.inbox.allFinished);
  await continueAsNew<typeof reconcile>(toCarried(run));
}

async function makePass(run: RunContext, { gate, interrupted }: Waited): Promise<PassOutcome> {
  if (interrupted !== undefined) {
    run.readRevision = interrupted.readRevision;
    run.view.reports = [...interrupted.reports];
    return execute(run, interrupted.sealed, interrupted);
  }
  if (gate !== undefined) {
    run.readRevision = gate.readRevision;
    return carryOut(run, gate.sealed, gate.readRevision, true);
  }
  // What the pass before could not bring about may have come right since.
  if (run.ownError !== undefined && patched('own-error-of-the-last-pass')) run.ownError = undefined;
  run.pass += 1;
  run.view.pass = run.pass;
  run.view.sealed = undefined;
  run.view.reports = [];
  run.inbox.noted = false;
  enterPhase(run, 'planning');
  const heard = run.inbox.newestRevision;
  const planning = await planWithModels(run);
  // Whatever was heard before the read cannot be newer than it, whatever number it came with.
  run.readRevision = Math.max(planning.readRevision, heard);
  forgetOldFailures(run, planning);
  switch (planning.type) {
    case 'nothing':
      return planning.recorded ? end('converged', 'nothing to do') : verify(run, planning, undefined);
    case 'blocked':
      return block(run, planning.desiredRevision, planning.block);
    case 'outcome-unknown':
      return settle(run, planning);
    case 'plan':
      return carryOut(run, planning.sealed, run.readRevision, false);
    case 'elsewhere':
      throw ApplicationFailure.nonRetryable('observeAndPlan never returns elsewhere', 'RUNTIME_FAULT');
  }
}

async function carryOut(
  run: RunContext,
  sealed: SealedPlan,
  readRevision: number,
  asked: boolean,
): Promise<PassOutcome> {
  run.view.sealed = sealed;
  if (sealed.needsApproval) {
    const refused = await askPerson(run, sealed, readRevision, asked);
    if (refused !== undefined) return refused;
  }
  return execute(run, sealed);
}

async function execute(run: RunContext, sealed: SealedPlan, interrupted?: InterruptedPlan): Promise<PassOutcome> {
  run.view.sealed = sealed;
  const execution = await executePlan(run, sealed, { interrupted });
  if (execution.type === 'given-up') return block(run, sealed.desiredRevision, givenUp);
  if (execution.type === 'overtaken') return again;
  if (execution.type === 'done')
    return verify(run, { desiredRevision: sealed.desiredRevision, queue: sealed.queue }, sealed);
  const { fault, step } = execution;
  switch (fault.code) {
    case 'PLAN_STALE':
      return again;
    // As releases did that planned anew after each answer.
    case 'OUTCOME_UNKNOWN':
      return settle(run, {
        desiredRevision: sealed.desiredRevision,
        open: [{ seal: sealed.seal, step: step.id, toolName: step.toolName }],
      });
    case 'HOST_UNREACHABLE':
      return block(run, sealed.desiredRevision, { code: fault.code, message: fault.message, retry: true });
    default:
      return tryAgain(run, sealed, fault.code, fault.message);
  }
}

/** The outcome that ends or restarts the pass, or nothing when the plan may run. */
async function askPerson(
  run: RunContext,
  sealed: SealedPlan,
  readRevision: number,
  asked: boolean,
): Promise<PassOutcome | undefined> {
  const outcome = await passGate(run, sealed, readRevision, asked);
  switch (outcome.type) {
    case 'superseded':
      return again;
    case 'expired':
    case 'rejected': {
      const refusal = toRefusal(sealed.identity, outcome.type === 'rejected' ? outcome.decision : undefined);
      return block(run, sealed.desiredRevision, toRefusedBlock(refusal, run.input.resource), refusal);
    }
    case 'approved': {
      return (await confirmPlan(run, sealed)) ? undefined : again;
    }
  }
}

async function verify(
  run: RunContext,
  { desiredRevision, queue }: { readonly desiredRevision: number; readonly queue: string },
  sealed: SealedPlan | undefined,
): Promise<PassOutcome> {
  enterPhase(run, 'recording');
  let recorded: RecordResult;
  try {
    recorded = await callWhereSealed(queue, () =>
      observingActivities(queue, 'verify and record').verifyAndRecord({
        ...toReference(run),
        desiredRevision,
        steps: run.view.reports,
        ...(sealed === undefined ? {} : { seal: sealed.seal }),
      }),
    );
  } catch (error) {
    const fault = toActivityFault(error);
    return block(run, desiredRevision, { code: fault.code, message: fault.message, retry: true });
  }
  switch (recorded.type) {
    case 'converged':
      return end('converged', sealed === undefined ? 'nothing to do' : `converged in ${run.view.reports.length} steps`);
    case 'gone':
      return end('gone', 'gone, as wanted');
    case 'moved':
      return again;
    case 'not-converged':
      return tryAgain(run, sealed, 'NOT_CONVERGED', recorded.difference);
  }
}

/** Plans again with what failed, or ends blocked when that was tried often enough. */
async function tryAgain(
  run: RunContext,
  sealed: SealedPlan | undefined,
  code: Block['code'],
  message: string,
): Promise<PassOutcome> {
  run.failures.push(message.slice(0, 500));
  if (sealed !== undefined) run.triedShapes.push(sealed.shape);
  run.view.failures = run.failures;
  if (run.failures.length <= maximumReplans) return again;
  return block(run, run.failedRevision, { code, message, retry: true });
}

async function settle(
  run: RunContext,
  { desiredRevision, open }: Pick<PlanningResult & { type: 'outcome-unknown' }, 'desiredRevision' | 'open'>,
): Promise<PassOutcome> {
  const choices = await waitForResolutions(run, open);
  if (!choices.has('give_up')) return again;
  return block(run, desiredRevision, givenUp);
}

const givenUp: Block = {
  code: 'OUTCOME_UNKNOWN',
  message: 'a person gave up on an effect nobody can prove — until a retry, or until it or what is wanted changes',
  retry: false,
};

async function block(
  run: RunContext,
  desiredRevision: number,
  blocked: Block,
  refusal?: RecordBlockedInput['refusal'],
): Promise<PassOutcome> {
  enterPhase(run, 'recording');
  const recorded = await stateActivities(`record: ${blocked.code}`).recordBlocked({
    ...toReference(run),
    desiredRevision,
    block: blocked,
    steps: run.view.reports,
    ...(refusal === undefined ? {} : { refusal }),
  });
  // Of releases that healed nothing unasked there is no answer on record.
  const issue = recorded?.issue;
  run.ownError = issue === undefined ? undefined : { issue, desiredRevision, block: blocked };
  return end('blocked', `blocked: ${blocked.code} ${blocked.message}`);
}

function forgetOldFailures(run: RunContext, planning: Pick<PlanningResult, 'desiredRevision'>): void {
  if (planning.desiredRevision === run.failedRevision) return;
  run.failedRevision = planning.desiredRevision;
  forgetFailures(run);
}

function end(outcome: ReconcileResult['outcome'], message: string): PassOutcome {
  return { type: 'end', outcome, message };
}
