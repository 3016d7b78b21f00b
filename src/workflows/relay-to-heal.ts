import { condition, getExternalWorkflowHandle, patched, type ChildWorkflowHandle } from '@temporalio/workflow';
import { isCriticalFault, type Issue, type IssueMessage } from '../domain/issue.ts';
import { signalNames } from '../domain/messages.ts';
import type { heal } from './heal.ts';
import { isHistoryNearlyFull, type RunContext } from './run-context.ts';

/** What a run has to say to the treatment that it waits for. */
type News = 'history-nearly-full' | 'urgent-is-over' | 'urgent' | 'answer' | 'desired-moved' | 'is-over';

/**
 * Tells a treatment, until it has ended, what the run of its resource hears meanwhile: a newer desired revision, so that a
 * repair for an old one does not wait for anybody; the word that its fault is over; what people say became of an effect;
 * and a critical fault, which does not wait behind a question. A treatment that outlasts what Temporal lets this run hear
 * is cancelled. It may end at any moment; then nobody needs to be told.
 */
export async function relayToHeal(
  run: RunContext,
  issue: Issue,
  child: ChildWorkflowHandle<typeof heal>,
  hasEnded: () => boolean,
): Promise<void> {
  const { inbox } = run;
  // Runs that began before there was such news go on without.
  let mayForward = true;
  let mayPassOn = true;
  let mayPutOff = true;
  let mayEnd = true;
  /** Type of the critical fault that the treatment was told of. */
  let urgent: string | undefined;
  let told = inbox.newestRevision;

  const findNews = (): News | undefined => {
    if (mayEnd && isHistoryNearlyFull(run)) return 'history-nearly-full';
    if (urgent !== undefined && isSaidOver(run, urgent)) return 'urgent-is-over';
    if (mayPutOff && urgent === undefined && findCritical(run, issue) !== undefined) return 'urgent';
    if (mayPassOn && inbox.resolutions.length > 0) return 'answer';
    if (inbox.newestRevision > told) return 'desired-moved';
    return mayForward && isSaidOver(run, issue.type) ? 'is-over' : undefined;
  };
  const tell = async (signal: string, ...said: [unknown]) => child.signal(signal, ...said).catch(() => undefined);

  for (;;) {
    await condition(() => hasEnded() || findNews() !== undefined);
    if (hasEnded()) return;
    switch (findNews()) {
      case 'history-nearly-full':
        mayEnd = false;
        if (!mayEndTreatment()) break;
        // What people answer from now on is for the question that this run asks next.
        mayPassOn = false;
        await getExternalWorkflowHandle(child.workflowId)
          .cancel()
          .catch(() => undefined);
        break;
      case 'urgent-is-over':
        await tell(signalNames.issue, takeResolved(run, urgent!));
        urgent = undefined;
        break;
      case 'urgent': {
        mayPutOff = patched('critical-goes-to-heal');
        if (!mayPutOff) break;
        // It stays here as well: it is the next to be treated.
        const critical = findCritical(run, issue)!;
        await tell(signalNames.issue, critical);
        urgent = critical.issue.type;
        break;
      }
      case 'answer':
        // People answer the run of the resource, whoever asked.
        mayPassOn = patched('resolution-goes-to-heal');
        if (mayPassOn) await tell(signalNames.resolve, inbox.resolutions.shift());
        break;
      case 'desired-moved': {
        const desiredRevision = inbox.newestRevision;
        await tell(signalNames.changed, {
          desiredRevision,
          reason: inbox.newestIsDelete ? 'desired-deleted' : 'desired-changed',
        });
        // One that came while this was said is news as well. Runs that began before it was take it as said.
        told =
          inbox.newestRevision === desiredRevision || patched('newest-goes-to-heal')
            ? desiredRevision
            : inbox.newestRevision;
        break;
      }
      case 'is-over':
        mayForward = patched('resolved-goes-to-heal');
        if (mayForward) await tell(signalNames.issue, takeResolved(run, issue.type));
        break;
      case undefined:
    }
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
