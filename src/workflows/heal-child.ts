import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, patched, startChild } from '@temporalio/workflow';
import type { HealInput, HealResult } from '../domain/heal.ts';
import { showResource, toHealWorkflowId } from '../domain/identity.ts';
import { isCriticalFault, type Issue } from '../domain/issue.ts';
import { toSearchAttributes, workflowTypes } from '../domain/messages.ts';
import type { heal } from './heal.ts';
import { relayToHeal } from './relay-to-heal.ts';
import { enterPhase, type RunContext } from './run-context.ts';

/** The next fault to treat, a critical one first; what is over already needs nobody. */
export function takeIssue({ inbox }: RunContext): Issue | undefined {
  inbox.issues = inbox.issues.filter(({ status }) => status === 'firing');
  const critical = inbox.issues.findIndex(isCriticalFault);
  const next = critical > 0 && patched('critical-is-treated-first') ? critical : 0;
  return inbox.issues.splice(next, 1)[0]?.issue;
}

/**
 * Has a fault treated by a run of its own and waits for its end: meanwhile nothing else is planned for the resource, and
 * faults of other types wait. What a cancelled one asked and is still open, the next look asks in a run that can go on in
 * a new one. Undefined: nobody knows what became of it, and the next look will tell.
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
    await relayToHeal(run, issue, child, () => treated.isOver);
    await ended;
    return treated.result;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return { outcome: 'suppressed', message: 'left alone: a treatment of an earlier run is still ending' };
  } finally {
    run.view.healing = undefined;
  }
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
