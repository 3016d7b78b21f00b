import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { condition, getExternalWorkflowHandle, ParentClosePolicy, patched, startChild } from '@temporalio/workflow';
import type { HealInput, HealResult } from '../domain/heal.ts';
import { showResource, toHealWorkflowId } from '../domain/identity.ts';
import { isCriticalFault, type Issue, type IssueMessage } from '../domain/issue.ts';
import { signalNames, toSearchAttributes, workflowTypes } from '../domain/messages.ts';
import { enterPhase, isHistoryNearlyFull, type RunContext } from './run-context.ts';
import type { heal } from './heal.ts';

/** The next fault to treat, a critical one first; what is over already needs nobody. */
export function takeIssue({ inbox }: RunContext): Issue | undefined {
  inbox.issues = inbox.issues.filter(({ status }) => status === 'firing');
  const critical = inbox.issues.findIndex(isCriticalFault);
  const next = critical > 0 && patched('critical-is-treated-first') ? critical : 0;
  return inbox.issues.splice(next, 1)[0]?.issue;
}

/**
 * Has a fault treated by a run of its own and waits for its end: meanwhile nothing else is planned for the resource. A
 * newer desired revision is passed on, so that a repair for an old one does not wait for anybody, and so is the word that
 * this fault is over, and what people say became of an effect; faults of other types wait, but critical ones not behind a
 * question. One that outlasts what Temporal lets this run hear is cancelled: what it asked and is still open, the next look
 * asks in a run that can go on in a new one. Undefined: nobody knows what became of it, and the next look will tell.
 */
export async function healIssue(run: RunContext, issue: Issue): Promise<HealResult | undefined> {
  const { resource, searchAttributes } = run.input;
  const { owner } = run.inbox;
  const workflowId = toHealWorkflowId(resource, issue.type);
  const input: HealInput = {
    resource,
    searchAttributes,
    issue,
    failures: run.failures,
    triedShapes: run.triedShapes,
    ...(owner === undefined ? {} : { owner }),
  };
  try {
    const child = await startChild<typeof heal>(workflowTypes.heal, {
      workflowId,
      args: [input],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowTaskTimeout: '5s',
      staticSummary: `treats ${issue.type} on ${showResource(resource)}`,
      priority: { fairnessKey: resource.tenant },
      ...(searchAttributes ? { typedSearchAttributes: toSearchAttributes(resource) } : {}),
    });
    run.view.healing = workflowId;
    enterPhase(run, 'healing');
    const treated: { isOver: boolean; result?: HealResult } = { isOver: false };
    const ended = noteEnd(child.result(), treated);
    let mayForward = true;
    let mayPassOn = true;
    let mayPutOff = true;
    let mayEnd = true;
    /** Type of the critical fault that the child was told of. */
    let urgent: string | undefined;
    let told = run.inbox.newestRevision;
    for (;;) {
      const known = told;
      await condition(
        () =>
          treated.isOver ||
          (mayEnd && isHistoryNearlyFull(run)) ||
          run.inbox.newestRevision > known ||
          (mayForward && isSaidOver(run, issue.type)) ||
          (mayPassOn && run.inbox.resolutions.length > 0) ||
          (urgent !== undefined && isSaidOver(run, urgent)) ||
          (mayPutOff && urgent === undefined && findCritical(run, issue) !== undefined),
      );
      if (treated.isOver) break;
      if (mayEnd && isHistoryNearlyFull(run)) {
        mayEnd = false;
        if (!mayEndTreatment()) continue;
        // What people answer from now on is for the question that this run asks next.
        mayPassOn = false;
        await getExternalWorkflowHandle(workflowId)
          .cancel()
          .catch(() => undefined);
        continue;
      }
      if (urgent !== undefined && isSaidOver(run, urgent)) {
        await child.signal(signalNames.issue, takeResolved(run, urgent)).catch(() => undefined);
        urgent = undefined;
        continue;
      }
      const critical = mayPutOff && urgent === undefined ? findCritical(run, issue) : undefined;
      if (critical !== undefined) {
        mayPutOff = patched('critical-goes-to-heal');
        if (!mayPutOff) continue;
        // It stays here as well: it is the next to be treated.
        await child.signal(signalNames.issue, critical).catch(() => undefined);
        urgent = critical.issue.type;
        continue;
      }
      if (run.inbox.resolutions.length > 0 && mayPassOn) {
        // People answer the run of the resource, whoever asked.
        mayPassOn = patched('resolution-goes-to-heal');
        if (!mayPassOn) continue;
        const said = run.inbox.resolutions.shift()!;
        await child.signal(signalNames.resolve, said).catch(() => undefined);
        continue;
      }
      if (run.inbox.newestRevision === known) {
        // Runs that began before this was forwarded go on without.
        mayForward = patched('resolved-goes-to-heal');
        if (mayForward) await child.signal(signalNames.issue, takeResolved(run, issue.type)).catch(() => undefined);
        continue;
      }
      const reason = run.inbox.newestIsDelete ? 'desired-deleted' : 'desired-changed';
      // It may end at this very moment; then nobody needs to be told.
      await child
        .signal(signalNames.changed, { desiredRevision: run.inbox.newestRevision, reason })
        .catch(() => undefined);
      told = run.inbox.newestRevision;
    }
    await ended;
    return treated.result;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return { outcome: 'suppressed', message: 'left alone: a treatment of an earlier run is still ending' };
  } finally {
    run.view.healing = undefined;
  }
}

/** Whether a treatment that outlasts what its parent can hear is ended. Runs that did not do so go on without. */
export function mayEndTreatment(): boolean {
  return patched('treatment-ends-before-the-history');
}

/** A critical fault of another type; one critical fault does not put off another. */
function findCritical({ inbox }: RunContext, { type, severity }: Issue): IssueMessage | undefined {
  if (severity === 'critical') return undefined;
  return inbox.issues.find((message) => isCriticalFault(message) && message.issue.type !== type);
}

function isSaidOver({ inbox }: RunContext, type: string): boolean {
  return inbox.issues.some(({ status, issue }) => status === 'resolved' && issue.type === type);
}

function takeResolved({ inbox }: RunContext, type: string): IssueMessage | undefined {
  const said = inbox.issues.find(({ issue }) => issue.type === type);
  inbox.issues = inbox.issues.filter((one) => one !== said);
  return said;
}

/** However it ends, the run of the resource goes on: that its own treatment was cancelled does not cancel it. */
async function noteEnd(result: Promise<HealResult>, treated: { isOver: boolean; result?: HealResult }): Promise<void> {
  try {
    treated.result = await result;
  } catch {
    // What became of the fault the next look will tell.
  } finally {
    treated.isOver = true;
  }
}
