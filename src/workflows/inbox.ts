import { allHandlersFinished, ApplicationFailure, condition, setHandler } from '@temporalio/workflow';
import {
  decisionSchema,
  decisionSignalSchema,
  resolutionSchema,
  type Decision,
  type ResolutionPayload,
} from '../domain/approval.ts';
import { HomeostatError, type FailureCode } from '../domain/failure.ts';
import { judgeDecision, type Gate, type Judgement } from '../domain/judge-decision.ts';
import { hintSchema, type CarriedRun } from '../domain/messages.ts';
import { asksForLook } from '../domain/needs-run.ts';
import { approveSignal, changedSignal, decideUpdate, rejectSignal, resolveSignal, retrySignal } from './messages.ts';
import type { RefusedMessage } from './run-view.ts';

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
  readonly refused: RefusedMessage[];
  readonly allFinished: () => boolean;
}

/** Registers all handlers. Call it before the workflow's first await, or early messages are lost. */
export function createInbox(carried: CarriedRun | undefined): Inbox {
  const inbox: Inbox = {
    newestRevision: carried?.hint.desiredRevision ?? 0,
    newestIsDelete: carried?.hint.reason === 'desired-deleted',
    noted: false,
    // Set here and not later: registering a handler runs what was signalled before, which must not be forgotten.
    retryAsked: carried?.retryAsked ?? false,
    owner: carried?.hint.owner,
    gate: undefined,
    resolutions: [],
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
  setHandler(approveSignal, (payload) => noteDecision(inbox, 'approve', 'approved', payload), {
    description: 'Let the sealed plan run. Input: {"seal", "approver"}, see User Metadata.',
  });
  setHandler(rejectSignal, (payload) => noteDecision(inbox, 'reject', 'rejected', payload), {
    description: 'Refuse the sealed plan. Input: {"seal", "approver", "reason"}, see User Metadata.',
  });
  setHandler(
    resolveSignal,
    (payload) => {
      const parsed = resolutionSchema.safeParse(payload);
      if (parsed.success) inbox.resolutions.push(parsed.data);
      else refuse(inbox, 'resolve', 'INVALID_DECISION', parsed.error.message);
    },
    { description: 'Say what became of an effect. Input: {"seal", "step", "choice", "approver"}, see User Metadata.' },
  );
  setHandler(decideUpdate, (payload) => decide(inbox, payload), {
    description: 'Approve or reject, answered once it is on record. Input: {"seal", "verdict", "approver", "reason"}.',
    validator: (payload) => {
      const judgement = judge(inbox, decisionSchema.safeParse(payload));
      if (judgement.type === 'refuse') throw toFailure(judgement.error);
    },
  });
  return inbox;
}

function noteHint(inbox: Inbox, payload: unknown): void {
  const hint = hintSchema.safeParse(payload);
  // A revision that was read already is no news; anything else, even what cannot be read, is worth a look.
  if (!hint.success || asksForLook(hint.data.reason)) inbox.noted = true;
  if (!hint.success) return;
  if (hint.data.desiredRevision > inbox.newestRevision) {
    inbox.newestRevision = hint.data.desiredRevision;
    inbox.newestIsDelete = hint.data.reason === 'desired-deleted';
  }
  inbox.owner = hint.data.owner ?? inbox.owner;
}

type Parsed = ReturnType<typeof decisionSchema.safeParse>;

function judge(inbox: Inbox, parsed: Parsed): Judgement {
  if (parsed.success) return judgeDecision(inbox.gate, parsed.data, Date.now());
  const problem = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ');
  return {
    type: 'refuse',
    error: new HomeostatError('INVALID_DECISION', {
      problem,
      remedy: 'send the JSON that the details of the run show',
    }),
  };
}

function noteDecision(inbox: Inbox, message: string, verdict: Decision['verdict'], payload: unknown): void {
  const shape = decisionSignalSchema.safeParse(payload);
  const parsed = shape.success ? decisionSchema.safeParse({ ...shape.data, verdict }) : (shape as Parsed);
  const judgement = judge(inbox, parsed);
  if (judgement.type === 'accept') inbox.gate!.decision = judgement.decision;
  if (judgement.type === 'refuse') refuse(inbox, message, judgement.error.code, judgement.error.message);
}

/** Answers when the decision is on record, so that whoever asked can rely on the answer. */
async function decide(inbox: Inbox, payload: unknown): Promise<Decision> {
  // Judged again: another decision may have come between the validator and this handler.
  const judgement = judge(inbox, decisionSchema.safeParse(payload));
  if (judgement.type === 'refuse') throw toFailure(judgement.error);
  const gate = inbox.gate!;
  gate.decision = judgement.decision;
  await condition(() => gate.settled);
  if (gate.closed === undefined) return judgement.decision;
  throw ApplicationFailure.nonRetryable('PLAN_STALE seal: desired changed, this plan is void', 'PLAN_STALE');
}

function refuse(inbox: Inbox, message: string, code: FailureCode, text: string): void {
  inbox.refused.push({ message, code, text: text.slice(0, 500) });
  if (inbox.refused.length > 20) inbox.refused.shift();
}

function toFailure(error: HomeostatError): ApplicationFailure {
  return ApplicationFailure.nonRetryable(error.message, error.code);
}
