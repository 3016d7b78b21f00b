import { ActivityFailure, condition, continueAsNew, isCancellation } from '@temporalio/workflow';
import type { Decision } from '../domain/approval.ts';
import { isCriticalFault } from '../domain/issue.ts';
import type { SealedPlan } from '../domain/sealed-plan.ts';
import { toLiveGate, type LiveGate } from './inbox.ts';
import { stateActivities } from './proxies.ts';
import { markWaiting, mustContinueAsNew, toCarried, toReference, type RunContext } from './run-context.ts';
import type { reconcile } from './reconcile.ts';

export type GateOutcome =
  | { readonly type: 'approved'; readonly decision: Decision }
  | { readonly type: 'rejected'; readonly decision: Decision }
  | { readonly type: 'expired' }
  /** Desired moved on: the plan is void, whatever was said. */
  | { readonly type: 'superseded' };

/** What may make the plan needless while it is waited for. */
export interface Relief {
  /** Something was said that asks for a look. */
  isDue(): boolean;
  /** Looks; whether there is nothing to do any more. */
  isNeedless(): Promise<boolean>;
}

/**
 * Waits for a person's word on a sealed plan. Only a newer desired revision or a critical issue ends the wait early, and it wins over a
 * decision in the same task; other hints are noted for after. The outcome is on record before it is returned, so before
 * the first effect it allows.
 */
export async function passGate(
  run: RunContext,
  sealed: SealedPlan,
  readRevision: number,
  asked: boolean,
  relief?: Relief,
): Promise<GateOutcome> {
  const open = run.inbox.gate;
  const gate = asked && open?.seal === sealed.seal ? open : toLiveGate(sealed);
  run.inbox.gate = gate;
  run.view.sealed = sealed;
  if (!asked) await stateActivities('ask for approval').openRequest({ ...toReference(run), sealed });
  markWaiting(run, 'approval');
  const isVoid = () => isSuperseded(run, sealed, readRevision);
  const isNeedless = await waitForDecision(run, gate, isVoid, relief);

  const superseded = isNeedless || isVoid();
  if (!superseded && gate.decision === undefined && mustContinueAsNew(run) && Date.now() < gate.expiresAt) {
    // The request is on record and the gate travels along: nobody is asked twice.
    await continueAsNew<typeof reconcile>(toCarried(run, { gate: { sealed, readRevision } }));
  }
  const outcome = outcomeOf(gate, superseded);
  try {
    await stateActivities(`record: ${outcome.type}`).closeRequest({
      ...toReference(run),
      seal: sealed.seal,
      outcome: 'decision' in outcome ? { type: 'decided', decision: outcome.decision } : outcome,
    });
  } catch (error) {
    // Nobody who still waits for the answer may keep the run from its end; one that is cancelled closes the question itself.
    if (!isCancellation(error)) {
      gate.closed = 'superseded';
      gate.settled = true;
    }
    throw error;
  }
  if (outcome.type === 'expired' || outcome.type === 'superseded') gate.closed = outcome.type;
  gate.settled = true;
  markWaiting(run, undefined);
  return outcome;
}

/** Closes the question of a treatment that was cancelled, if it asks one. */
export async function withdrawQuestion(run: RunContext): Promise<void> {
  const { gate } = run.inbox;
  if (gate === undefined || gate.settled) return;
  const outcome = { type: 'superseded' } as const;
  try {
    await stateActivities('record: superseded').closeRequest({ ...toReference(run), seal: gate.seal, outcome });
  } catch (error) {
    // Cancelled before the question was on record: there is none to close.
    if (!(error instanceof ActivityFailure)) throw error;
  }
  gate.closed = outcome.type;
  gate.settled = true;
}

/** Whether the plan turned out to be needless. A look goes on beside the question, and a decision waits for its end. */
async function waitForDecision(
  run: RunContext,
  gate: LiveGate,
  isVoid: () => boolean,
  relief: Relief | undefined,
): Promise<boolean> {
  const isEnded = () => gate.decision !== undefined || isVoid() || mustContinueAsNew(run);
  for (;;) {
    await condition(() => isEnded() || relief?.isDue() === true, Math.max(1, gate.expiresAt - Date.now()));
    if (isEnded() || relief?.isDue() !== true) return false;
    if (await relief.isNeedless()) return true;
  }
}

/**
 * Whether desired moved on since the plan was made, or a critical fault was reported, which does not wait behind a
 * question. That desired is gone is no news to a plan that removes the thing.
 */
function isSuperseded({ inbox }: RunContext, { desiredRevision }: SealedPlan, readRevision: number): boolean {
  if (inbox.issues.some(isCriticalFault)) return true;
  return inbox.newestRevision > readRevision && !(desiredRevision === 0 && inbox.newestIsDelete);
}

function outcomeOf(gate: LiveGate, superseded: boolean): GateOutcome {
  if (superseded) return { type: 'superseded' };
  if (gate.decision === undefined) return { type: 'expired' };
  return { type: gate.decision.verdict, decision: gate.decision };
}
