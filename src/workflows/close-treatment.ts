import { CancellationScope, patched } from '@temporalio/workflow';
import { cutToLength } from '../domain/cut-to-length.ts';
import type { CloseIncidentInput, HealResult, RepairPlanning } from '../domain/heal.ts';
import type { SealedPlan } from '../domain/sealed-plan.ts';
import { hideSecret } from '../domain/secret-patterns.ts';
import { withdrawQuestion } from './approval-gate.ts';
import { openIncident } from './open-incident.ts';
import { stateActivities } from './proxies.ts';
import { enterPhase, type RunContext } from './run-context.ts';
import { toHealReference, type Treatment } from './treatment.ts';

/** What an escalation asks of the runs that follow. */
export type Aftermath = Pick<CloseIncidentInput, 'leaveAloneMs' | 'refusal'>;

/** Notes a repair and what came of it, for the incident's record and for people who look. */
export function note(treatment: Treatment, { diagnosis }: RepairPlanning, outcome: string): void {
  const { run, attempts } = treatment;
  treatment.pending = undefined;
  const steps = run.view.reports.map(({ id, toolName, outcome: came }) => `${id} ${toolName}: ${came}`);
  attempts.push({
    cause: cutToLength(diagnosis.cause, 500),
    cites: diagnosis.cites,
    by: diagnosis.by,
    ...(diagnosis.model === undefined ? {} : { model: diagnosis.model }),
    ...(diagnosis.runbooks === undefined ? {} : { runbooks: diagnosis.runbooks }),
    steps,
    outcome: cutToLength(outcome, 500),
  });
  run.view.incident!.attempts = attempts;
}

/** Only what was planned and how it ended: what a tool said may quote a log. */
export function showSteps({ view, pass }: RunContext, { plan }: SealedPlan): readonly string[] {
  return plan.steps.map(({ id, toolName, parameters }) => {
    const outcome = view.reports.find((report) => report.id === id)?.outcome ?? 'not reached';
    return `repair ${pass}: ${toolName} ${cutToLength(JSON.stringify(parameters, hideSecret), 500)}: ${outcome}`;
  });
}

/** Closes the incident: the fault is gone, and `detail` says how that was seen. */
export async function resolve(treatment: Treatment, detail: string): Promise<HealResult> {
  await close(treatment, { outcome: 'resolved', proof: cutToLength(detail, 2_000) });
  return { outcome: 'resolved', message: `resolved: ${detail}` };
}

/** Closes the incident by giving it to people, with the reason and what was found. */
export async function escalate(treatment: Treatment, reason: string, aftermath: Aftermath = {}): Promise<HealResult> {
  // People are told what was found, too, where nothing was done about it.
  if (treatment.pending !== undefined) note(treatment, treatment.pending, `given up: ${reason}`);
  await close(treatment, { outcome: 'escalated', reason: cutToLength(reason, 2_000), ...aftermath });
  return {
    outcome: 'escalated',
    message: `given to people: ${reason}`,
    ...(treatment.run.hasAsked ? { hasAsked: true } : {}),
    ...(aftermath.leaveAloneMs === undefined ? {} : { isLeftAlone: true }),
  };
}

/**
 * Somebody cancelled the run: what it leaves behind is told, and no incident stays open for good. One that was being opened
 * is opened first: an attempt that is still on its way then finds it dealt with, and opens none after it was closed.
 */
export async function giveUp(treatment: Treatment): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    if (!treatment.isOpened && patched('opened-before-given-up')) await openIncident(treatment);
    await withdrawQuestion(treatment.run);
    await escalate(treatment, 'its treatment was cancelled');
  });
}

async function close(
  treatment: Treatment,
  end: Pick<CloseIncidentInput, 'outcome' | 'proof' | 'reason' | 'leaveAloneMs' | 'refusal'>,
): Promise<void> {
  const { run, attempts, evidence, desiredRevision } = treatment;
  enterPhase(run, 'recording');
  await stateActivities(`record: ${end.outcome}`).closeIncident({
    ...toHealReference(treatment),
    ...end,
    attempts,
    ...(evidence === undefined ? {} : { evidence: evidence.digest }),
    ...(desiredRevision === undefined ? {} : { desiredRevision }),
  });
}
