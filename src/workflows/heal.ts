import { ActivityFailure, condition, setHandler } from '@temporalio/workflow';
import { taskQueues } from '../domain/messages.ts';
import type { Evidence, HealInput, HealResult, Proof, ProveInput, RepairPlanning } from '../domain/heal.ts';
import type { IncidentAttempt } from '../domain/incident.ts';
import type { SealedPlan } from '../domain/sealed-plan.ts';
import { toActivityFault } from './activity-fault.ts';
import { passGate } from './approval-gate.ts';
import { executePlan } from './execute-plan.ts';
import { planQuery, progressQuery, statusQuery } from './messages.ts';
import { callOnOwner } from './observe.ts';
import { observingActivities, stateActivities } from './proxies.ts';
import { waitForResolutions } from './resolution-wait.ts';
import { createRunContext, enterPhase, toReference, type RunContext } from './run-context.ts';
import { toProgress, toStatus } from './run-view.ts';

/** Repairs that are tried for one incident before people are asked. */
const maximumRepairs = 3;
/** How long the fault must stay away to count as gone, and how long that is waited for. */
const proof = { stableMs: 5_000, patienceMs: 45_000 } as const;
/** A look whether there is a fault at all: alerts lie, and come late. */
const firstLook = { stableMs: 2_000, patienceMs: 1 } as const;

interface Treatment {
  readonly run: RunContext;
  readonly input: HealInput;
  readonly attempts: IncidentAttempt[];
  evidence: Evidence | undefined;
}

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
  const treatment: Treatment = { run, input, attempts: [], evidence: undefined };
  const result = await treat(treatment).catch((error: unknown) => {
    if (!(error instanceof ActivityFailure)) throw error;
    return escalate(treatment, toActivityFault(error).message);
  });
  run.view.outcome = result.message;
  enterPhase(run, 'ended');
  await condition(run.inbox.allFinished);
  return result;
}

async function treat(treatment: Treatment): Promise<HealResult> {
  const { run, input } = treatment;
  enterPhase(run, 'gathering');
  const opened = await stateActivities(`open incident ${input.issue.type}`).openIncident(toHealReference(treatment));
  if (opened.type === 'suppressed') return { outcome: 'suppressed', message: `left alone: ${opened.message}` };
  const evidence = await callOnOwner<Evidence>(run, 'gather evidence', (activities) =>
    activities.gatherEvidence(toHealReference(treatment)),
  );
  if ('code' in evidence) return escalate(treatment, evidence.message);
  treatment.evidence = evidence;
  run.view.incident!.evidence = evidence.lines;
  if (opened.type === 'flapping') return escalate(treatment, opened.message);
  const first = await prove(treatment, 'is there a fault?', firstLook);
  if (first.isGone) return resolve(treatment, `no fault was found: ${first.detail}`);
  return repair(treatment, evidence);
}

/** Plans and carries out repairs until the fault is gone, or nobody knows what else to do. */
async function repair(treatment: Treatment, evidence: Evidence): Promise<HealResult> {
  const { run } = treatment;
  for (run.pass = 1; run.pass <= maximumRepairs; run.pass += 1) {
    run.view.pass = run.pass;
    run.view.reports = [];
    enterPhase(run, 'planning');
    const planning = await callOnOwner<RepairPlanning>(run, 'diagnose and plan', (activities) =>
      activities.planRepair({
        ...toHealReference(treatment),
        evidence: evidence.digest,
        failures: run.failures,
        triedShapes: run.triedShapes,
        retryAsked: false,
      }),
    );
    if (planning.type === 'unreached') return escalate(treatment, planning.message);
    run.readRevision = Math.max(planning.readRevision, run.inbox.newestRevision);
    if (planning.type === 'blocked') return escalate(treatment, planning.block.message);
    if (planning.type === 'nothing') {
      return escalate(treatment, 'the check fails, and nothing differs that a rule could put right');
    }
    if (planning.type === 'outcome-unknown') {
      const answer = await waitForResolutions(run, planning.open);
      if (answer === 'given-up') return escalate(treatment, 'a person gave up on an effect nobody can prove');
      continue;
    }
    if (planning.type !== 'plan') return escalate(treatment, `planning gave ${planning.type}`);
    const outcome = await carryOut(treatment, planning.sealed);
    if (outcome.type === 'stopped') return escalate(treatment, outcome.message);
    if (outcome.type === 'superseded') continue;
    const { desiredRevision } = planning;
    const patienceMs = outcome.failure === undefined ? proof.patienceMs : firstLook.patienceMs;
    const seen = await prove(treatment, 'is the fault gone?', { ...proof, patienceMs, desiredRevision });
    if (seen.isOutdated === true) continue;
    note(treatment, planning, seen.isGone ? `gone: ${seen.detail}` : `not gone: ${outcome.failure ?? seen.detail}`);
    if (seen.isGone) return resolve(treatment, seen.detail);
    run.failures.push((outcome.failure ?? seen.detail).slice(0, 500));
    run.triedShapes.push(planning.sealed.shape);
    run.view.failures = run.failures;
  }
  return escalate(treatment, `not gone after ${maximumRepairs} repairs: ${treatment.run.failures.at(-1) ?? ''}`);
}

type CarriedOut =
  | { readonly type: 'done'; readonly failure?: string }
  /** Desired moved on: plan again for what is desired now. */
  | { readonly type: 'superseded' }
  | { readonly type: 'stopped'; readonly message: string };

async function carryOut({ run }: Treatment, sealed: SealedPlan): Promise<CarriedOut> {
  run.view.sealed = sealed;
  if (sealed.needsApproval) {
    const gate = await passGate(run, sealed, run.readRevision, false);
    switch (gate.type) {
      case 'superseded':
        return gate;
      case 'expired':
        return { type: 'stopped', message: 'nobody decided in time on a dangerous repair' };
      case 'rejected':
        return {
          type: 'stopped',
          message: `a person refused the repair: ${gate.decision.reason ?? 'no reason given'}`,
        };
      case 'approved': {
        const { deltaDigest, desiredDigest } = sealed.content;
        const confirmed = await observingActivities(sealed.queue, 'observe again after the wait').confirmPlan({
          ...toReference(run),
          deltaDigest,
          desiredDigest,
        });
        if (!confirmed) return { type: 'superseded' };
      }
    }
  }
  const execution = await executePlan(run, sealed);
  if (execution.type === 'done') return { type: 'done' };
  const { fault, step } = execution;
  if (fault.code === 'PLAN_STALE') return { type: 'superseded' };
  if (fault.code === 'OUTCOME_UNKNOWN') {
    const open = [{ seal: sealed.seal, step: step.id, toolName: step.toolName }];
    const answer = await waitForResolutions(run, open);
    if (answer === 'given-up') return { type: 'stopped', message: 'a person gave up on an effect nobody can prove' };
  }
  return { type: 'done', failure: fault.message };
}

async function prove(
  treatment: Treatment,
  summary: string,
  patience: Pick<ProveInput, 'stableMs' | 'patienceMs' | 'desiredRevision'>,
): Promise<Proof> {
  const { run } = treatment;
  enterPhase(run, 'proving');
  const queue = run.inbox.owner === undefined ? taskQueues.tools : taskQueues.host(run.inbox.owner);
  try {
    return await observingActivities(queue, summary).proveRepair({ ...toHealReference(treatment), ...patience });
  } catch (error) {
    return { isGone: false, detail: toActivityFault(error).message };
  }
}

function note({ run, attempts }: Treatment, { diagnosis }: RepairPlanning, outcome: string): void {
  const steps = run.view.reports.map(({ id, toolName, outcome: came }) => `${id} ${toolName}: ${came}`);
  attempts.push({
    cause: diagnosis.cause.slice(0, 500),
    cites: diagnosis.cites,
    steps,
    outcome: outcome.slice(0, 500),
  });
  run.view.incident!.attempts = attempts;
}

async function resolve(treatment: Treatment, detail: string): Promise<HealResult> {
  await close(treatment, { outcome: 'resolved', proof: detail });
  return { outcome: 'resolved', message: `resolved: ${detail}` };
}

async function escalate(treatment: Treatment, reason: string): Promise<HealResult> {
  await close(treatment, { outcome: 'escalated', reason: reason.slice(0, 2_000) });
  return { outcome: 'escalated', message: `given to people: ${reason}` };
}

async function close(
  treatment: Treatment,
  end: { readonly outcome: 'resolved' | 'escalated'; readonly proof?: string; readonly reason?: string },
): Promise<void> {
  const { run, attempts, evidence } = treatment;
  enterPhase(run, 'recording');
  await stateActivities(`record: ${end.outcome}`).closeIncident({
    ...toHealReference(treatment),
    ...end,
    attempts,
    ...(evidence === undefined ? {} : { evidence: evidence.digest }),
  });
}

function toHealReference({ run, input }: Treatment) {
  return { ...toReference(run), issue: input.issue };
}
