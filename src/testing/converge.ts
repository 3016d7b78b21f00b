import { setTimeout as sleep } from 'node:timers/promises';
import { closeRequest, openRequest, resolveEffect } from '../activities/approvals.ts';
import { executeStep } from '../activities/execute-step.ts';
import { observeAndPlan } from '../activities/observe-and-plan.ts';
import { planRepair } from '../activities/plan-repair.ts';
import { verifyAndRecord } from '../activities/verify-and-record.ts';
import { isWithoutEffect } from '../activities/without-effect.ts';
import { describeThrown, HomeostatError, toCodedErrors } from '../domain/failure.ts';
import { showResource } from '../domain/identity.ts';
import type { Issue } from '../domain/issue.ts';
import type { JsonValue } from '../domain/json.ts';
import type { SealedStep } from '../domain/plan.ts';
import type { ExecuteStepInput, StepResult } from '../domain/run.ts';
import type { SealedPlan } from '../domain/sealed-plan.ts';
import { dyingDependencies, Killed, type Interruption } from './interruption.ts';
import type { Trial } from './trial.ts';
import { within } from './within.ts';

/** How a run came out. */
export interface Convergence {
  /** The first pass's plan; absent where there was nothing to do. */
  readonly sealed?: SealedPlan;
  /** Steps with effects, in the order of running, of all passes; the last of them may have failed. */
  readonly effects: readonly SeenEffect[];
  /** Why it did not get where it should: a block, a step that failed as often as its tool may, or `NOT_CONVERGED`. */
  readonly failure?: unknown;
}

export interface SeenEffect {
  readonly seal: string;
  readonly step: SealedStep;
  /** Its first attempt was ended before its time. */
  interrupted: boolean;
  /** Nobody could prove what became of it, so the person was asked: the conformance test, which knows. */
  asked: boolean;
}

/** As often as a run of the runtime plans. */
const maximumPasses = 3;
/** How long an effect may say that it is under way. */
const patienceMs = 30_000;
/** How long a cancelled attempt may take to end. */
const cancelledMs = 2_000;

export interface ConvergeOptions {
  /** The first attempt at each effect of the first pass ends so; a cancellation, at each step. */
  readonly interruption?: Interruption;
  /** The first pass repairs a fault of this type, as the `heal` workflow does. */
  readonly issueType?: string;
  /** Called when an attempt was ended so, before the next one begins. */
  readonly onInterrupted?: (effect: SeenEffect) => Promise<void>;
}

/** One run, as the `reconcile` workflow makes it, with a person who approves of everything. */
export async function converge(trial: Trial, options: ConvergeOptions = {}): Promise<Convergence> {
  const effects: SeenEffect[] = [];
  const plans: SealedPlan[] = [];
  const failures: string[] = [];
  const triedShapes: string[] = [];
  const progress = { plans, effects, failures, triedShapes };
  const told = () => ({ effects, ...(plans[0] === undefined ? {} : { sealed: plans[0] }) });
  try {
    for (let pass = 1; pass <= maximumPasses; pass += 1) {
      const difference = await makePass(trial, pass, progress, pass === 1 ? options : {});
      if (difference === undefined) return told();
      failures.push(difference);
    }
    throw fault('NOT_CONVERGED', failures.at(-1)!);
  } catch (failure) {
    return { ...told(), failure };
  }
}

interface Progress {
  readonly plans: SealedPlan[];
  readonly effects: SeenEffect[];
  readonly failures: readonly string[];
  readonly triedShapes: string[];
}

/** What still differs after the pass; undefined when nothing does. */
async function makePass(
  trial: Trial,
  pass: number,
  { plans, effects, failures, triedShapes }: Progress,
  options: ConvergeOptions,
): Promise<string | undefined> {
  const { issueType } = options;
  const reference = trial.reference(pass);
  const input = { ...reference, failures, triedShapes, retryAsked: false };
  const planning =
    issueType === undefined
      ? await observeAndPlan(trial.dependencies(), trial.scope(), input)
      : await planRepair(trial.dependencies(), trial.scope(), {
          ...input,
          issue: toIssue(trial, issueType),
          evidence: '',
        });
  if (planning.type === 'blocked') throw fault(planning.block.code, planning.block.message);
  if (planning.type !== 'plan' && planning.type !== 'nothing') throw fault('OUTCOME_UNKNOWN', planning.type);
  if (planning.type === 'plan') {
    plans.push(planning.sealed);
    await approve(trial, planning.sealed, pass);
    await walk(trial, planning.sealed, pass, effects, options);
    triedShapes.push(planning.sealed.shape);
  }
  const recorded = await verifyAndRecord(trial.dependencies(), trial.scope(), {
    ...reference,
    desiredRevision: planning.desiredRevision,
    steps: [],
  });
  if (recorded.type === 'converged' || recorded.type === 'gone') return undefined;
  return recorded.type === 'moved' ? 'desired moved' : recorded.difference;
}

function toIssue({ resource }: Trial, type: string): Issue {
  const summary = 'said by the conformance test';
  const since = new Date().toISOString();
  return { type, resource: showResource(resource), severity: 'warning', summary, evidence: [], since };
}

function fault(code: HomeostatError['code'], problem: string): HomeostatError {
  return new HomeostatError(code, { path: 'run', problem });
}

async function approve(trial: Trial, sealed: SealedPlan, pass: number): Promise<void> {
  if (!sealed.needsApproval) return;
  const reference = trial.reference(pass);
  await openRequest(trial.dependencies(), trial.scope(), { ...reference, sealed });
  const decision = {
    verdict: 'approved',
    seal: sealed.seal,
    approver: 'unverified:conformance',
    decidedAt: new Date(reference.now).toISOString(),
  } as const;
  await closeRequest(trial.dependencies(), trial.scope(), {
    ...reference,
    seal: sealed.seal,
    outcome: { type: 'decided', decision },
  });
}

/** The plan interpreter's walk over the steps. Whoever is asked what became of one has it done again. */
async function walk(
  trial: Trial,
  sealed: SealedPlan,
  pass: number,
  effects: SeenEffect[],
  { interruption, onInterrupted }: ConvergeOptions,
): Promise<void> {
  const results: Record<string, JsonValue> = {};
  for (const step of sealed.plan.steps) {
    const { seal, content, needsApproval } = sealed;
    const input = { ...trial.reference(pass), seal, content, needsApproval, step, results };
    const { registry } = trial.dependencies();
    const isEffect = registry.toolOf(trial.resource.kind, step.toolName).effect === 'write';
    const isBegun = interruption !== undefined && (isEffect || interruption === 'cancelled');
    const effect: SeenEffect = { seal, step, interrupted: false, asked: false };
    if (isEffect) effects.push(effect);
    if (isBegun) effect.interrupted = await interrupt(trial, input, interruption);
    if (effect.interrupted) await onInterrupted?.(effect);
    const mayAsk = effect.interrupted && interruption !== 'killed-after-effect';
    const result = await attempt(trial, input, isBegun ? 2 : 1, mayAsk ? effect : undefined);
    if (result !== 'skipped') results[step.id] = result.result;
  }
}

/** The first attempt, ended before its time, unless it ended by itself; after it another worker is there. */
async function interrupt(trial: Trial, input: ExecuteStepInput, interruption: Interruption): Promise<boolean> {
  const dependencies = dyingDependencies(trial.dependencies(), interruption);
  const signal = interruption === 'cancelled' ? AbortSignal.abort() : new AbortController().signal;
  const ended = executeStep(dependencies, trial.scope(1, signal), input).then(
    () => 'done',
    (error: unknown) => error,
  );
  const how = interruption === 'cancelled' ? await within(ended, cancelledMs) : await ended;
  if (how === 'too-long') {
    throw new HomeostatError('INVALID_TOOL', {
      path: `${input.step.toolName}.execute`,
      problem: `goes on ${cancelledMs} ms after its signal was aborted`,
      remedy: 'pass the signal on, and end when it is aborted',
    });
  }
  trial.restart();
  return interruption === 'cancelled' || how instanceof Killed;
}

/** Attempts from this one on, as the runtime makes them. */
async function attempt(
  trial: Trial,
  input: ExecuteStepInput,
  from: number,
  /** Where a person may be asked about it, once. */
  asking: SeenEffect | undefined,
): Promise<StepResult | 'skipped'> {
  const { step } = input;
  const deadline = performance.now() + patienceMs;
  for (let number = from, pauseMs = 200; ; number += 1, pauseMs = Math.min(pauseMs * 2, 5_000)) {
    try {
      // After the answer it is another activity's attempt.
      const scheduledAt = asking?.asked === true ? 1 : 0;
      return await executeStep(trial.dependencies(), trial.scope(number, undefined, scheduledAt), input);
    } catch (error) {
      const [coded] = toCodedErrors(error);
      if (coded?.code === 'OUTCOME_UNKNOWN' && asking?.asked === false) {
        await resolveEffect(trial.dependencies(), trial.scope(), {
          ...trial.reference(input.pass),
          seal: input.seal,
          step: step.id,
          choice: 'redo',
          approver: 'conformance',
        });
        asking.asked = true;
        continue;
      }
      const isUnderWay = coded?.code === 'EFFECT_IN_PROGRESS' && performance.now() < deadline;
      const isRetried = (coded?.retryable ?? true) && number - from + 1 < step.maximumAttempts;
      if (!isUnderWay && !isRetried) {
        if (step.onFailure === 'skip' && isWithoutEffect(error)) return 'skipped';
        throw coded ?? failedTool(step, error);
      }
      await sleep(pauseMs);
    }
  }
}

function failedTool({ toolName }: SealedStep, error: unknown): HomeostatError {
  return new HomeostatError('TOOL_FAILED', { path: toolName, problem: describeThrown(error), cause: error });
}
