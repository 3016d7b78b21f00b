import { ActivityFailure, condition, isCancellation, patched, setHandler } from '@temporalio/workflow';
import { cutToLength } from '../domain/cut-to-length.ts';
import { toRefusal, type Refusal } from '../domain/refusal.ts';
import type { Evidence, HealInput, HealResult } from '../domain/heal.ts';
import { coolDownMs } from '../domain/incident.ts';
import { isCriticalFault } from '../domain/issue.ts';
import type { SealedPlan } from '../domain/sealed-plan.ts';
import { toActivityFault } from './activity-fault.ts';
import { passGate } from './approval-gate.ts';
import { escalate, giveUp, note, resolve, showSteps, type Aftermath } from './close-treatment.ts';
import { executePlan } from './execute-plan.ts';
import { firstLook, isOverAsSaid, isSaidOver, noPatienceMs, proof, prove } from './fault-proof.ts';
import { planQuery, progressQuery, statusQuery } from './messages.ts';
import { callOnOwnerPatiently, confirmPlan } from './observe.ts';
import { openIncident } from './open-incident.ts';
import { planRepair } from './repair-planning.ts';
import { waitForResolutions } from './resolution-wait.ts';
import { createRunContext, enterPhase, hasActed } from './run-context.ts';
import { toProgress, toStatus } from './run-view.ts';
import { toHealReference, type Treatment } from './treatment.ts';

/** Repairs that are tried for one incident before people are asked. */
const maximumRepairs = 3;
/** What comes back again and again, or what a person has decided on, is left to people for as long. */
const longMs = 60 * 60_000;

/**
 * Treats one incident: evidence, diagnosis, plan, gate, execution, proof that the fault is gone; else people are asked.
 * A child of the resource's `reconcile` run, which plans nothing meanwhile, so there is one plan at a time.
 */
export async function heal(input: HealInput): Promise<HealResult> {
  const { resource, searchAttributes, issue, owner } = input;
  const run = createRunContext({ resource, searchAttributes }, { mayContinueAsNew: false });
  run.inbox.owner = owner;
  run.failures = [...input.failures];
  run.triedShapes = [...input.triedShapes];
  run.view.incident = { type: issue.type, severity: issue.severity, evidence: [], attempts: [] };
  setHandler(planQuery, () => run.view.sealed?.plan ?? null);
  setHandler(progressQuery, () => toProgress(run.view));
  setHandler(statusQuery, () => toStatus(run.view, run.inbox.refused));
  const treatment: Treatment = {
    run,
    input,
    attempts: [],
    tried: [],
    ruledOut: [],
    isOpened: false,
    evidence: undefined,
    pending: undefined,
    gone: undefined,
    desiredRevision: undefined,
  };
  const result = await treat(treatment).catch(async (error: unknown) => {
    if (isCancellation(error)) {
      if (patched('cancelled-goes-to-people')) await giveUp(treatment);
      throw error;
    }
    if (!(error instanceof ActivityFailure)) throw error;
    return escalate(treatment, toActivityFault(error).message);
  });
  run.view.outcome = result.message;
  enterPhase(run, 'ended');
  await condition(run.inbox.allFinished);
  return result;
}

async function treat(treatment: Treatment): Promise<HealResult> {
  const { run } = treatment;
  enterPhase(run, 'gathering');
  const opened = await openIncident(treatment);
  if (opened.type === 'suppressed') return { outcome: 'suppressed', message: `left alone: ${opened.message}` };
  const evidence = await callOnOwnerPatiently<Evidence>(run, 'gather evidence', (activities) =>
    activities.gatherEvidence(toHealReference(treatment)),
  );
  if ('code' in evidence) return escalate(treatment, evidence.message);
  treatment.evidence = evidence;
  run.view.incident!.evidence = evidence.lines;
  if (opened.type === 'flapping') return escalate(treatment, opened.message, { leaveAloneMs: longMs });
  const first = await prove(treatment, 'is there a fault?', firstLook);
  if (first.isUnchecked === true && patched('unchecked-goes-to-people')) {
    return escalate(treatment, `nothing here can tell whether it has this fault: ${first.detail}`);
  }
  if (first.isGone) return resolve(treatment, `no fault was found: ${first.detail}`);
  if (first.isBlind === true && patched('blind-goes-to-people')) return escalate(treatment, first.detail);
  return repair(treatment, evidence);
}

/** Plans and carries out repairs until the fault is gone, or nobody knows what else to do. */
async function repair(treatment: Treatment, evidence: Evidence): Promise<HealResult> {
  const { run } = treatment;
  let passedOver = '';
  for (run.pass = 1; run.pass <= maximumRepairs; run.pass += 1) {
    run.view.pass = run.pass;
    run.view.reports = [];
    if (await isOverAsSaid(treatment)) return resolve(treatment, treatment.gone!);
    enterPhase(run, 'planning');
    const basis = {
      issue: treatment.input.issue,
      evidence: evidence.digest,
      tried: treatment.tried,
      ruledOut: treatment.ruledOut,
    };
    const planning = await planRepair(run, basis);
    if (planning.type === 'unreached') return escalate(treatment, planning.message);
    treatment.pending = planning.type === 'plan' || planning.diagnosis.by === 'model' ? planning : undefined;
    treatment.desiredRevision = planning.desiredRevision;
    run.readRevision = Math.max(planning.readRevision, run.inbox.newestRevision);
    if (planning.type === 'blocked') {
      const { code, message } = planning.block;
      return escalate(treatment, message, keptFrom.has(code) ? inVain(treatment) : {});
    }
    if (planning.type === 'nothing') {
      if (planning.isGone === true) {
        const seen = await prove(treatment, 'is the fault gone?', { ...proof, patienceMs: noPatienceMs });
        if (seen.isGone) return resolve(treatment, seen.detail);
        passedOver = `it comes and goes: ${seen.detail}`;
        continue;
      }
      const asked = planning.diagnosis.by === 'model' ? ', and a model knows no repair either' : '';
      return escalate(treatment, `the check fails, and nothing differs that a rule could put right${asked}`);
    }
    if (planning.type === 'outcome-unknown') {
      const choices = await waitForResolutions(run, planning.open);
      if (choices.has('give_up')) return escalate(treatment, givenUp, { leaveAloneMs: longMs });
      passedOver = 'effects that nobody could prove had to be settled first';
      continue;
    }
    if (planning.type !== 'plan') return escalate(treatment, `planning gave ${planning.type}`);
    const outcome = await carryOut(treatment, planning.sealed);
    if (treatment.gone !== undefined) {
      if (run.view.reports.length > 0) note(treatment, planning, `gone: ${treatment.gone}`);
      return resolve(treatment, treatment.gone);
    }
    if (outcome.type === 'stopped') {
      const { message, refusal } = outcome;
      return escalate(treatment, message, { leaveAloneMs: longMs, ...(refusal === undefined ? {} : { refusal }) });
    }
    if (outcome.type === 'superseded') {
      const first = findMoreUrgent(treatment);
      if (first !== undefined) return escalate(treatment, `put off: ${first} is critical and goes first`);
      passedOver = 'what is desired, or the thing itself, changed meanwhile';
      continue;
    }
    const { desiredRevision } = planning;
    const { failure, isOvertaken = false } = outcome;
    const patienceMs = failure === undefined || isOvertaken ? proof.patienceMs : noPatienceMs;
    const seen = await prove(treatment, 'is the fault gone?', { ...proof, patienceMs, desiredRevision });
    if (seen.isOutdated === true) {
      note(treatment, planning, seen.detail);
      continue;
    }
    if (seen.isBlind === true && patched('blind-proof-goes-to-people')) {
      note(treatment, planning, `nobody could look: ${seen.detail}`);
      return escalate(treatment, `a repair was made, and nobody could look whether it helped: ${seen.detail}`);
    }
    note(treatment, planning, seen.isGone ? `gone: ${seen.detail}` : `not gone: ${failure ?? seen.detail}`);
    if (seen.isGone) return resolve(treatment, seen.detail);
    // What was not begun was not tried in vain; what was begun is not begun again.
    if (isOvertaken && !hasActed(run)) continue;
    const taken = planning.diagnosis.fields?.cause;
    if (taken !== undefined && !isOvertaken) treatment.ruledOut.push(taken);
    treatment.tried.push(...showSteps(run, planning.sealed));
    run.failures.push(cutToLength(failure ?? seen.detail, 500));
    run.triedShapes.push(planning.sealed.shape);
    run.view.failures = run.failures;
  }
  const { attempts } = treatment;
  const message =
    attempts.length === 0
      ? `planned ${maximumRepairs} times with no repair made: ${passedOver}`
      : `not gone after ${attempts.length} repairs: ${run.failures.at(-1) ?? attempts.at(-1)!.outcome}`;
  return escalate(treatment, message, inVain(treatment));
}

/** As long as a repair that helps gets to settle. What its own run could not bring about is tried again by that run, ever later. */
function inVain({ input }: Treatment): Aftermath {
  return input.issue.type === 'resource_error' ? {} : { leaveAloneMs: coolDownMs };
}

const givenUp = 'a person gave up on an effect nobody can prove';
const cutShort = 'its rest was not carried out after people had said what became of a step';

/** Where planning ends like this, the plan that would be made next helps no more than the last one. */
const keptFrom: ReadonlySet<string> = new Set(['NOT_CONVERGED', 'DEPENDENCY_NOT_READY']);

type CarriedOut =
  | { readonly type: 'done'; readonly failure?: string; readonly isOvertaken?: boolean }
  /** Desired moved on: plan again for what is desired now. */
  | { readonly type: 'superseded' }
  | { readonly type: 'stopped'; readonly message: string; readonly refusal?: Refusal };

async function carryOut(treatment: Treatment, sealed: SealedPlan): Promise<CarriedOut> {
  const { run } = treatment;
  run.view.sealed = sealed;
  if (sealed.needsApproval) {
    run.hasAsked = true;
    const gate = await passGate(run, sealed, run.readRevision, false, {
      isDue: () => isSaidOver(treatment),
      isNeedless: () => isOverAsSaid(treatment),
    });
    switch (gate.type) {
      case 'superseded':
        return gate;
      case 'expired':
        return {
          type: 'stopped',
          message: 'nobody decided in time on a dangerous repair',
          refusal: toRefusal(sealed.identity),
        };
      case 'rejected': {
        const refusal = toRefusal(sealed.identity, gate.decision);
        return { type: 'stopped', message: `a person refused the repair: ${refusal.reason}`, refusal };
      }
      case 'approved': {
        if (!(await confirmPlan(run, sealed, { isRepair: true }))) return { type: 'superseded' };
      }
    }
  }
  if (await isOverAsSaid(treatment)) return { type: 'superseded' };
  const execution = await executePlan(run, sealed, { isNeedless: () => isOverAsSaid(treatment) });
  if (execution.type === 'done') return { type: 'done' };
  if (execution.type === 'given-up') return { type: 'stopped', message: givenUp };
  if (execution.type === 'overtaken') return { type: 'done', failure: cutShort, isOvertaken: true };
  const { fault, step } = execution;
  if (fault.code === 'PLAN_STALE') return { type: 'superseded' };
  // As releases did that planned anew after each answer.
  if (fault.code === 'OUTCOME_UNKNOWN') {
    const open = [{ seal: sealed.seal, step: step.id, toolName: step.toolName }];
    const choices = await waitForResolutions(run, open);
    if (choices.has('give_up')) return { type: 'stopped', message: givenUp };
  }
  return { type: 'done', failure: fault.message };
}

/** A critical fault of another type, which does not wait behind a question about this one. */
function findMoreUrgent({ run, input }: Treatment): string | undefined {
  return run.inbox.issues.find((message) => isCriticalFault(message) && message.issue.type !== input.issue.type)?.issue
    .type;
}
