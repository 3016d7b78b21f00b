import type { InterruptedPlan } from '../domain/messages.ts';
import { toActivityFault } from './activity-fault.ts';
import { callWhereSealed, confirmPlan } from './observe.ts';
import { referencesOf } from './references-of.ts';
import { observingActivities } from './proxies.ts';
import { waitForResolutions } from './resolution-wait.ts';
import { reportStep, toReference, type RunContext } from './run-context.ts';

/** Notes where a plan stands, with what is seen there now: after the answer it is compared. */
export async function interruptPlan(
  run: RunContext,
  at: Pick<InterruptedPlan, 'sealed' | 'place' | 'results'>,
): Promise<InterruptedPlan> {
  const { queue } = at.sealed;
  let deltaDigest: string | null = null;
  try {
    deltaDigest = await callWhereSealed(queue, () =>
      observingActivities(queue, 'observe before the wait').digestDelta(toReference(run)),
    );
  } catch (error) {
    // Nobody can look: the plan does not go on, whatever is answered.
    toActivityFault(error);
  }
  return { ...at, readRevision: run.readRevision, reports: run.view.reports, deltaDigest };
}

/**
 * Waits for people to say what became of the step. `stands`: adopted or to be done again, and the world is as it was when
 * the plan stopped, so it goes on from there. `overtaken`: it does not. So it is, too, where a later step wants what the
 * adopted one returned, which nobody knows.
 */
export async function awaitAnswer(
  run: RunContext,
  interrupted: InterruptedPlan,
  isRepair: boolean,
): Promise<'stands' | 'overtaken' | 'given-up'> {
  const { sealed, place, deltaDigest } = interrupted;
  const { id, toolName } = sealed.plan.steps[place]!;
  const open = [{ seal: sealed.seal, step: id, toolName }];
  const choices = await waitForResolutions(run, open, interrupted);
  if (choices.has('give_up')) return 'given-up';
  if (choices.has('adopt')) reportStep(run, { id, toolName, outcome: 'adopted' });
  const later = sealed.plan.steps.slice(place + 1);
  if (choices.has('adopt') && later.some((step) => referencesOf(step)(id))) return 'overtaken';
  if (deltaDigest === null) return 'overtaken';
  const seen = { queue: sealed.queue, content: { ...sealed.content, deltaDigest } };
  return (await confirmPlan(run, seen, { isRepair })) ? 'stands' : 'overtaken';
}
