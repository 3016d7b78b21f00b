import type { InterruptedPlan } from '../domain/messages.ts';
import { toActivityFault } from './activity-fault.ts';
import { callWhereSealed, confirmPlan } from './observe.ts';
import { refuse } from './inbox.ts';
import { observingActivities } from './proxies.ts';
import { waitForResolutions } from './resolution-wait.ts';
import { toReference, type RunContext } from './run-context.ts';

/** Notes where a plan stands, with what is seen there now: after the answer it is compared. */
export async function interruptPlan(
  run: RunContext,
  at: Pick<InterruptedPlan, 'sealed' | 'place' | 'results'>,
): Promise<InterruptedPlan> {
  // What was said before there was this question is no answer to it.
  for (const { seal, step } of run.inbox.resolutions.splice(0))
    refuse(run.inbox, 'resolve', 'NOT_WAITING', `nobody asked yet what became of ${step} of the plan ${seal}`);
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
 * the plan stopped, so it goes on from there. `moved`: it does not, and is planned anew.
 */
export async function awaitAnswer(
  run: RunContext,
  interrupted: InterruptedPlan,
  isRepair: boolean,
): Promise<'stands' | 'moved' | 'given-up'> {
  const { sealed, place, deltaDigest } = interrupted;
  const { id, toolName } = sealed.plan.steps[place]!;
  const open = [{ seal: sealed.seal, step: id, toolName }];
  if ((await waitForResolutions(run, open, interrupted)) === 'given-up') return 'given-up';
  if (deltaDigest === null) return 'moved';
  const seen = { queue: sealed.queue, content: { ...sealed.content, deltaDigest } };
  return (await confirmPlan(run, seen, { isRepair })) ? 'stands' : 'moved';
}
