import { allHandlersFinished, ApplicationFailure, condition, patched, setHandler } from '@temporalio/workflow';
import {
  readDecision,
  readDecisionSignal,
  readResolution,
  type Decision,
  type DecisionPayload,
  type ResolutionPayload,
} from '../domain/approval.ts';
import { HomeostatError, type FailureCode } from '../domain/failure.ts';
import type { ResourceKey } from '../domain/identity.ts';
import { judgeDecision, planIsVoid, type Gate, type Judgement } from '../domain/judge-decision.ts';
import type { MessageFault, ReadMessage } from '../domain/message-shape.ts';
import { readHint, type CarriedRun, type ReconcileInput } from '../domain/messages.ts';
import { readIssueMessage, type IssueMessage } from '../domain/issue.ts';
import { asksForLook } from '../domain/needs-run.ts';
import type { SealedPlan } from '../domain/sealed-plan.ts';
import {
  approveSignal,
  changedSignal,
  decideUpdate,
  issueSignal,
  rejectSignal,
  resolveSignal,
  retrySignal,
} from './messages.ts';
import type { RefusedMessage } from './run-view.ts';

/** More types of fault than this on one resource are told by the first that are dealt with. */
const maximumIssues = 20;

/** A gate whose end the run decides: a decision counts once `settled` says that it is on record. */
export interface LiveGate extends Gate {
  decision?: Decision;
  closed?: 'expired' | 'superseded';
  settled: boolean;
}

/**
 * What has been said to a run and not been dealt with. Handlers only note, in the order of the history; the run reads
 * between its awaits. So a thousand hints cost one pass, and the first decision wins without a lock.
 */
export interface Inbox {
  readonly resource: ResourceKey;
  /** Signals that come again and again, hints and faults: how many came to this run. */
  heard: number;
  /** The newest desired revision anybody spoke of. */
  newestRevision: number;
  /** Whether that was the news of a delete; one seen only in a list comes with the list's revision, each time anew. */
  newestIsDelete: boolean;
  /** Something other than a new desired revision was said since the pass began: look again when it is over. */
  noted: boolean;
  retryAsked: boolean;
  owner: string | undefined;
  gate: LiveGate | undefined;
  resolutions: ResolutionPayload[];
  /** Faults that were reported, each type once with its newest word. */
  issues: IssueMessage[];
  readonly refused: RefusedMessage[];
  readonly allFinished: () => boolean;
}

/** Registers all handlers. Call it before the workflow's first await, or early messages are lost. */
export function createInbox({ resource, carried }: Pick<ReconcileInput, 'resource' | 'carried'>): Inbox {
  const inbox: Inbox = {
    resource,
    heard: 0,
    newestRevision: carried?.hint.desiredRevision ?? 0,
    newestIsDelete: carried?.hint.reason === 'desired-deleted',
    // Both set here and not later: registering a handler runs what was signalled before, which must not be forgotten.
    noted: carried?.noted ?? false,
    retryAsked: carried?.retryAsked ?? false,
    owner: carried?.hint.owner,
    gate: openGate(carried),
    resolutions: [],
    issues: [...(carried?.issues ?? [])],
    refused: [],
    allFinished: allHandlersFinished,
  };
  setHandler(changedSignal, (payload) => noteHint(inbox, payload), {
    description: 'The watcher saw a change: look again. Carries where, never what.',
  });
  setHandler(
    retrySignal,
    () => {
      inbox.retryAsked = true;
      inbox.noted = true;
    },
    { description: 'Try again now, forgetting a refusal and the back-off. No input.' },
  );
  setHandler(issueSignal, (payload) => noteIssue(inbox, payload), {
    description: 'A fault was seen on the resource, or is over. Input: {"status", "issue"}.',
  });
  setHandler(approveSignal, (payload) => noteDecision(inbox, 'approve', 'approved', payload), {
    description: 'Let the sealed plan run. Input: {"seal", "approver"}, see User Metadata.',
  });
  setHandler(rejectSignal, (payload) => noteDecision(inbox, 'reject', 'rejected', payload), {
    description: 'Refuse the sealed plan. Input: {"seal", "approver", "reason"}, see User Metadata.',
  });
  setHandler(
    resolveSignal,
    (payload) => {
      const read = readResolution(payload);
      if (read.fits) inbox.resolutions.push(read.message);
      else refuse(inbox, 'resolve', 'INVALID_DECISION', showFaults(read.faults));
    },
    { description: 'Say what became of an effect. Input: {"seal", "step", "choice", "approver"}, see User Metadata.' },
  );
  setHandler(decideUpdate, (payload) => decide(inbox, payload), {
    description: 'Approve or reject, answered once it is on record. Input: {"seal", "verdict", "approver", "reason"}.',
    validator: (payload) => {
      const judgement = judge(inbox, readDecision(payload));
      if (judgement.type === 'refuse') throw toFailure(judgement.error);
    },
  });
  return inbox;
}

/** A question of the run before this one. Its answer may be the first that this run hears, before it has begun. */
function openGate(carried: CarriedRun | undefined): LiveGate | undefined {
  if (carried?.gate === undefined || !patched('answer-before-the-start')) return undefined;
  return toLiveGate(carried.gate.sealed);
}

export function toLiveGate({ seal, content }: SealedPlan): LiveGate {
  return { seal, expiresAt: content.expiresAt, settled: false };
}

function noteHint(inbox: Inbox, payload: unknown): void {
  inbox.heard += 1;
  const hint = readHint(payload);
  // A revision that was read already is no news; anything else, even what cannot be read, is worth a look.
  if (hint === undefined || asksForLook(hint.reason)) inbox.noted = true;
  if (hint === undefined) return;
  if (hint.desiredRevision > inbox.newestRevision) {
    inbox.newestRevision = hint.desiredRevision;
    inbox.newestIsDelete = hint.reason === 'desired-deleted';
  }
  inbox.owner = hint.owner ?? inbox.owner;
}

/** Forty alerts of one fault are one; the newest word counts. */
function noteIssue(inbox: Inbox, payload: unknown): void {
  inbox.heard += 1;
  const message = readIssueMessage(payload);
  if (message === undefined) {
    refuse(inbox, 'issue', 'INVALID_BODY', 'not of the form {"status", "issue"}');
    return;
  }
  const others = inbox.issues.filter(({ issue }) => issue.type !== message.issue.type);
  inbox.issues = [...others, message].slice(-maximumIssues);
}

function judge(inbox: Inbox, read: ReadMessage<DecisionPayload>): Judgement {
  if (read.fits) return judgeDecision(inbox.resource, inbox.gate, read.message, Date.now());
  return {
    type: 'refuse',
    error: new HomeostatError('INVALID_DECISION', {
      problem: showFaults(read.faults),
      remedy: 'send the JSON that the details of the run show',
    }),
  };
}

function showFaults(faults: readonly MessageFault[]): string {
  return faults.map(({ path, problem }) => `${path} ${problem}`).join('; ');
}

function noteDecision(inbox: Inbox, message: string, verdict: Decision['verdict'], payload: unknown): void {
  const read = readDecisionSignal(payload);
  const judgement = judge(inbox, read.fits ? { fits: true, message: { ...read.message, verdict } } : read);
  if (judgement.type === 'accept') accept(inbox, judgement.decision);
  if (judgement.type === 'refuse') refuse(inbox, message, judgement.error.code, judgement.error.message);
}

function accept(inbox: Inbox, decision: Decision): void {
  inbox.gate!.decision = decision;
  // What was asked before a no is answered by it: nobody wants to be asked the same again.
  if (decision.verdict === 'rejected') inbox.retryAsked = false;
}

/** Answers when the decision is on record, so that whoever asked can rely on the answer. */
async function decide(inbox: Inbox, payload: unknown): Promise<Decision> {
  // Judged again: another decision may have come between the validator and this handler.
  const judgement = judge(inbox, readDecision(payload));
  if (judgement.type === 'refuse') throw toFailure(judgement.error);
  const gate = inbox.gate!;
  if (judgement.type === 'accept') accept(inbox, judgement.decision);
  await condition(() => gate.settled);
  if (gate.closed === undefined) return judgement.decision;
  throw ApplicationFailure.nonRetryable(`PLAN_STALE seal: ${planIsVoid}`, 'PLAN_STALE');
}

/** Shown in the query `status`: a signal has no other answer. */
export function refuse(inbox: Inbox, message: string, code: FailureCode, text: string): void {
  inbox.refused.push({ message, code, text: text.slice(0, 500) });
  if (inbox.refused.length > 20) inbox.refused.shift();
}

function toFailure(error: HomeostatError): ApplicationFailure {
  return ApplicationFailure.nonRetryable(error.message, error.code);
}
