import { patched } from '@temporalio/workflow';
import type { Proof, ProveInput } from '../domain/heal.ts';
import { taskQueues } from '../domain/messages.ts';
import { toActivityFault } from './activity-fault.ts';
import { callOnOwnerPatiently } from './observe.ts';
import { provingActivities } from './proxies.ts';
import { enterPhase } from './run-context.ts';
import { toHealReference, type Treatment } from './treatment.ts';

/** How long the fault must stay away to count as gone, and how long that is waited for. */
export const proof = { stableMs: 5_000, patienceMs: 45_000 } as const;
/** A look whether there is a fault at all: alerts lie, and come late, and one look that fails is none. */
export const firstLook = { stableMs: 2_000, patienceMs: 2_000 } as const;
/** Where nothing was done that could take its time: one bad look is enough. */
export const noPatienceMs = 1;

/** Whether somebody says that the fault is over. */
export function isSaidOver({ run, input }: Treatment): boolean {
  return run.inbox.issues.some(({ status, issue }) => status === 'resolved' && issue.type === input.issue.type);
}

/** Whether the fault is gone, where somebody says so: it is looked at, and nobody's word is a proof. */
export async function isOverAsSaid(treatment: Treatment): Promise<boolean> {
  if (!isSaidOver(treatment)) return false;
  const { run, input } = treatment;
  const { phase } = run.view;
  run.inbox.issues = run.inbox.issues.filter(({ issue }) => issue.type !== input.issue.type);
  const seen = await prove(treatment, 'is it over, as is said?', { ...proof, patienceMs: noPatienceMs });
  enterPhase(run, phase);
  if (seen.isGone) treatment.gone = seen.detail;
  return seen.isGone;
}

type Patience = Pick<ProveInput, 'stableMs' | 'patienceMs' | 'desiredRevision'>;

/** Looks whether the fault is there, on the host that can; never throws for a look that fails. */
export async function prove(treatment: Treatment, summary: string, patience: Patience): Promise<Proof> {
  const { run } = treatment;
  enterPhase(run, 'proving');
  if (!patched('proof-follows-the-owner')) return proveOnce(treatment, summary, patience);
  const proven = await callOnOwnerPatiently<Proof>(
    run,
    summary,
    (activities) => activities.proveRepair({ ...toHealReference(treatment), ...patience }),
    provingActivities,
  );
  // Where nobody can look, neither the fault nor its end was seen.
  return 'code' in proven ? { isGone: false, isBlind: true, detail: proven.message } : proven;
}

/** As releases did that asked whoever came first. */
async function proveOnce(treatment: Treatment, summary: string, patience: Patience): Promise<Proof> {
  const { run } = treatment;
  const queue = run.inbox.owner === undefined ? taskQueues.tools : taskQueues.host(run.inbox.owner);
  try {
    const proven = await provingActivities(queue, summary).proveRepair({ ...toHealReference(treatment), ...patience });
    return 'host' in proven ? { isGone: false, detail: `it is on ${proven.host}` } : proven;
  } catch (error) {
    return { isGone: false, detail: toActivityFault(error).message };
  }
}
