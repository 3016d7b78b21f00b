import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { toSearchAttribute, type CarriedRun, type Hint, type ReconcileInput } from '../domain/messages.ts';
import type { Issue } from '../domain/issue.ts';
import type { Block, RunReference, StepReport } from '../domain/run.ts';
import { showDetails } from './details.ts';
import { createInbox, type Inbox } from './inbox.ts';
import { createRunView, type RunPhase, type RunView } from './run-view.ts';

/** What the parts of one run share: what was said to it, what it shows, and what it remembers from pass to pass. */
export interface RunContext {
  readonly input: ReconcileInput;
  /** Whether a wait may go on in a new run when the history grows long. */
  readonly mayContinueAsNew: boolean;
  readonly inbox: Inbox;
  readonly view: RunView;
  /** People were asked something. */
  hasAsked: boolean;
  /** Effects of which people have said what became of them, as `seal/step`. */
  readonly answered: Set<string>;
  pass: number;
  /** Store revision at which desired was last read; only a hint above it is news. */
  readRevision: number;
  /** What failed for the desired revision at hand, and the plans that did; cleared when desired moves on. */
  failures: string[];
  triedShapes: string[];
  failedRevision: number;
  /** What the run could not bring about, as a fault to treat, and as it stands on record. */
  ownError: { readonly issue: Issue; readonly desiredRevision: number; readonly block: Block } | undefined;
}

export function createRunContext(input: ReconcileInput, { mayContinueAsNew = true } = {}): RunContext {
  const { carried } = input;
  const inbox = createInbox(input);
  return {
    input,
    mayContinueAsNew,
    inbox,
    view: createRunView(input.resource),
    hasAsked: false,
    answered: new Set(),
    pass: carried?.pass ?? 0,
    readRevision: 0,
    failures: [...(carried?.failures ?? [])],
    triedShapes: [...(carried?.triedShapes ?? [])],
    failedRevision: carried?.failedRevision ?? 0,
    ownError: undefined,
  };
}

/** What every activity is told of the run, with the workflow's own time. */
export function toReference(run: RunContext): RunReference {
  return {
    resource: run.input.resource,
    firstRunId: workflowInfo().firstExecutionRunId,
    pass: run.pass,
    now: Date.now(),
  };
}

export function enterPhase(run: RunContext, phase: RunPhase): void {
  run.view.phase = phase;
  showDetails(run.view);
}

/** Marks the begin or the end of a wait, where people and dashboards look for it. */
export function markWaiting(run: RunContext, waitingFor: RunView['waitingFor']): void {
  run.view.waitingFor = waitingFor;
  run.view.phase = waitingFor === undefined ? 'planning' : 'waiting';
  showDetails(run.view);
  if (!run.input.searchAttributes) return;
  upsertSearchAttributes([
    toSearchAttribute('phase', waitingFor === undefined ? 'running' : 'waiting'),
    toSearchAttribute('waitingFor', waitingFor ?? null),
  ]);
}

/** Notes what became of a step. Shown by who goes on from there. */
export function reportStep(run: RunContext, report: StepReport): void {
  run.view.reports = [...run.view.reports.filter((other) => other.id !== report.id), report];
  run.view.running = undefined;
}

/** Whether a step of the plan at hand was carried out. */
export function hasActed({ view }: RunContext): boolean {
  return view.reports.some(({ outcome }) => outcome === 'done' || outcome === 'adopted');
}

/** Begins afresh: what was tried may be tried again. */
export function forgetFailures(run: RunContext): void {
  run.failures = [];
  run.triedShapes = [];
  run.view.failures = [];
}

/** Whether the history has grown enough to be left behind. Temporal's own advice, and our own earlier limit. */
export function isHistoryLong(): boolean {
  const { continueAsNewSuggested, historyLength, historySize } = workflowInfo();
  return continueAsNewSuggested || historyLength > 4_096 || historySize > 4 * 1024 * 1024;
}

/**
 * Whether Temporal soon takes no more: 10,000 signals, 51,200 events or 50 MiB. For a run that waits for another, and so
 * cannot leave its history behind sooner.
 */
export function isHistoryNearlyFull({ inbox }: RunContext): boolean {
  const { historyLength, historySize } = workflowInfo();
  return inbox.heard > 9_000 || historyLength > 40_000 || historySize > 8 * 1024 * 1024;
}

/** Whether a wait ends here to go on in a new run. */
export function mustContinueAsNew(run: RunContext): boolean {
  return run.mayContinueAsNew && isHistoryLong();
}

/** What the next run of the chain needs to go on. */
export function toCarried(run: RunContext, waited: Pick<CarriedRun, 'gate' | 'interrupted'> = {}): ReconcileInput {
  const hint: Hint = {
    desiredRevision: run.inbox.newestRevision,
    reason: run.inbox.newestIsDelete ? 'desired-deleted' : 'desired-changed',
    ...(run.inbox.owner === undefined ? {} : { owner: run.inbox.owner }),
  };
  return {
    resource: run.input.resource,
    searchAttributes: run.input.searchAttributes,
    carried: {
      pass: run.pass,
      hint,
      retryAsked: run.inbox.retryAsked,
      noted: run.inbox.noted,
      failures: run.failures,
      triedShapes: run.triedShapes,
      failedRevision: run.failedRevision,
      ...(run.inbox.issues.length === 0 ? {} : { issues: run.inbox.issues }),
      ...waited,
    },
  };
}
