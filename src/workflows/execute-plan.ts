import { patched } from '@temporalio/workflow';
import type { JsonValue } from '../domain/json.ts';
import type { InterruptedPlan } from '../domain/messages.ts';
import type { SealedStep } from '../domain/plan.ts';
import type { ExecuteStepInput, StepContent } from '../domain/run.ts';
import type { SealContent, SealedPlan } from '../domain/sealed-plan.ts';
import { toActivityFault, type ActivityFault } from './activity-fault.ts';
import { callWhereSealed } from './observe.ts';
import { effectActivities } from './proxies.ts';
import { enterPhase, reportStep, toReference, type RunContext } from './run-context.ts';
import { showDetails } from './details.ts';
import { referencesOf } from './references-of.ts';
import { dropAnswered } from './resolution-wait.ts';
import { awaitAnswer, interruptPlan } from './unproven-step.ts';

export type Execution =
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly step: SealedStep; readonly fault: ActivityFault }
  /** A person gave up on an effect that nobody can prove. */
  | { readonly type: 'given-up' }
  /** While people were asked about an effect the world moved, or the fault came right: the rest is not carried out. */
  | { readonly type: 'overtaken' };

interface ExecutionOptions {
  /** Of a repair: looks, after an answer, whether its fault is over. */
  readonly isNeedless?: () => Promise<boolean>;
  /** Where to go on, in a run that continues the one that stopped there. */
  readonly interrupted?: InterruptedPlan | undefined;
}

/**
 * The plan interpreter: walks a sealed plan, one `executeStep` activity a step, in order. It switches on the recorded
 * format; formats of older releases stay here while runs of them may be open.
 */
export async function executePlan(
  run: RunContext,
  sealed: SealedPlan,
  options: ExecutionOptions = {},
): Promise<Execution> {
  switch (sealed.format) {
    case 1:
      return executeFormat1(run, sealed, options);
  }
}

async function executeFormat1(
  run: RunContext,
  sealed: SealedPlan,
  { isNeedless, interrupted }: ExecutionOptions,
): Promise<Execution> {
  const { steps } = sealed.plan;
  const results: Record<string, JsonValue> = { ...interrupted?.results };
  let place = interrupted?.place ?? 0;
  let unproven = interrupted;
  enterPhase(run, 'executing');
  while (place < steps.length) {
    const step = steps[place]!;
    if (unproven !== undefined) {
      const answer = await awaitAnswer(run, unproven, isNeedless !== undefined);
      if (answer !== 'stands') return { type: answer };
      if ((await isNeedless?.()) === true) return { type: 'overtaken' };
      unproven = undefined;
      enterPhase(run, 'executing');
    }
    const fault = await carryOutStep(run, sealed, place, results);
    if (fault === undefined) {
      place += 1;
      continue;
    }
    dropAnswered(run);
    if (fault.code !== 'OUTCOME_UNKNOWN' || !patched('goes-on-after-the-answer'))
      return { type: 'failed', step, fault };
    unproven = await interruptPlan(run, { sealed, place, results });
  }
  return { type: 'done' };
}

/** Why the plan cannot go on after this step, or nothing. What it returned is put with the results. */
async function carryOutStep(
  run: RunContext,
  sealed: SealedPlan,
  place: number,
  results: Record<string, JsonValue>,
): Promise<ActivityFault | undefined> {
  const step = sealed.plan.steps[place]!;
  const { id, toolName, queue } = step;
  run.view.running = id;
  showDetails(run.view);
  try {
    const { result, outcome } = await callWhereSealed(queue, () =>
      effectActivities(step).executeStep({
        ...toReference(run),
        seal: sealed.seal,
        content: toStepContent(sealed.content, place),
        ...(sealed.needsApproval ? { needsApproval: true } : {}),
        step,
        ...pickReferenced(step, results),
      }),
    );
    results[id] = result;
    reportStep(run, { id, toolName, outcome });
    return undefined;
  } catch (error) {
    const fault = toActivityFault(error);
    const skipped = step.onFailure === 'skip' && maySkip(fault);
    reportStep(run, { id, toolName, outcome: skipped ? 'skipped' : 'failed', error: fault.message });
    if (skipped) return undefined;
    showDetails(run.view);
    return fault;
  }
}

/** Releases before skipped what had no code of its own, and nothing else. */
function maySkip({ code, isWithoutEffect = false }: ActivityFault): boolean {
  return patched('skips-what-had-no-effect') ? isWithoutEffect : code === 'TOOL_FAILED';
}

/** What the activity can tell by itself does not travel: it would be stored in the history once more a step. */
function toStepContent(
  { resourceId, desiredDigest, deltaDigest, policyDigest, stepDigests, expiresAt }: SealContent,
  own: number,
): StepContent {
  const others = stepDigests.map((digest, index) => (index === own ? '' : digest));
  return { resourceId, desiredDigest, deltaDigest, policyDigest, stepDigests: others, expiresAt };
}

/** Only what the step refers to travels with it. */
function pickReferenced(
  step: SealedStep,
  results: Readonly<Record<string, JsonValue>>,
): Pick<ExecuteStepInput, 'results'> {
  const isReferenced = referencesOf(step);
  const referenced = Object.entries(results).filter(([id]) => isReferenced(id));
  return referenced.length === 0 ? {} : { results: Object.fromEntries(referenced) };
}
