import type { JsonValue } from '../domain/json.ts';
import type { SealedStep } from '../domain/plan.ts';
import type { ExecuteStepInput, StepContent } from '../domain/run.ts';
import type { SealContent, SealedPlan } from '../domain/sealed-plan.ts';
import { toActivityFault, type ActivityFault } from './activity-fault.ts';
import { callWhereSealed } from './observe.ts';
import { effectActivities } from './proxies.ts';
import { enterPhase, reportStep, toReference, type RunContext } from './run-context.ts';
import { showDetails } from './details.ts';

export type Execution =
  { readonly type: 'done' } | { readonly type: 'failed'; readonly step: SealedStep; readonly fault: ActivityFault };

/**
 * The plan interpreter: walks a sealed plan, one `executeStep` activity a step, in order. It switches on the recorded
 * format; formats of older releases stay here while runs of them may be open.
 */
export async function executePlan(run: RunContext, sealed: SealedPlan): Promise<Execution> {
  switch (sealed.format) {
    case 1:
      return executeFormat1(run, sealed);
  }
}

async function executeFormat1(run: RunContext, sealed: SealedPlan): Promise<Execution> {
  const results: Record<string, JsonValue> = {};
  enterPhase(run, 'executing');
  for (const [index, step] of sealed.plan.steps.entries()) {
    run.view.running = step.id;
    showDetails(run.view);
    try {
      const { result, outcome } = await callWhereSealed(step.queue, () =>
        effectActivities(step).executeStep({
          ...toReference(run),
          seal: sealed.seal,
          content: toStepContent(sealed.content, index),
          ...(sealed.needsApproval ? { needsApproval: true } : {}),
          step,
          ...pickReferenced(step, results),
        }),
      );
      results[step.id] = result;
      reportStep(run, { id: step.id, toolName: step.toolName, outcome });
    } catch (error) {
      const fault = toActivityFault(error);
      const skipped = step.onFailure === 'skip' && fault.code === 'TOOL_FAILED';
      reportStep(run, {
        id: step.id,
        toolName: step.toolName,
        outcome: skipped ? 'skipped' : 'failed',
        error: fault.message,
      });
      if (skipped) continue;
      showDetails(run.view);
      return { type: 'failed', step, fault };
    }
  }
  return { type: 'done' };
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
  const text = JSON.stringify(step.parameters);
  const referenced = Object.entries(results).filter(([id]) => text.includes(`"steps.${id}.`));
  return referenced.length === 0 ? {} : { results: Object.fromEntries(referenced) };
}
