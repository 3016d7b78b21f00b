import { condition, continueAsNew } from '@temporalio/workflow';
import type { InterruptedPlan } from '../domain/messages.ts';
import type { MarkedUnknown, OpenEffect, ResolveInput } from '../domain/run.ts';
import { refuse } from './inbox.ts';
import { stateActivities } from './proxies.ts';
import { markWaiting, mustContinueAsNew, toCarried, toReference, type RunContext } from './run-context.ts';
import type { reconcile } from './reconcile.ts';

type Choice = ResolveInput['choice'];

/**
 * Waits until a person has said of every open effect what became of it: adopt, redo or give up. Nothing is planned over
 * an open effect, so nothing else ends this wait; hints are noted for after. What was answered.
 */
export async function waitForResolutions(
  run: RunContext,
  open: readonly OpenEffect[],
  /** The plan that goes on after the answer, if one was under way. */
  interrupted?: InterruptedPlan,
): Promise<ReadonlySet<Choice>> {
  // Of releases that did not look there is no answer on record.
  const marked: MarkedUnknown | undefined = await stateActivities('ask what became of an effect').markUnknown({
    ...toReference(run),
    open,
  });
  run.view.open = marked?.open ?? open;
  markWaiting(run, 'resolution');
  run.hasAsked = true;
  const choices = new Set<Choice>();
  while (run.view.open.length > 0) {
    await condition(() => run.inbox.resolutions.length > 0 || mustContinueAsNew(run));
    const said = run.inbox.resolutions.shift();
    if (said === undefined) {
      // The ledger knows what is open: the next run finds it again.
      await continueAsNew<typeof reconcile>(toCarried(run, interrupted === undefined ? {} : { interrupted }));
      continue;
    }
    if (!run.view.open.some((effect) => effect.seal === said.seal && effect.step === said.step)) {
      refuse(run.inbox, 'resolve', 'NOT_WAITING', `nobody asks what became of ${said.step} of the plan ${said.seal}`);
      continue;
    }
    await stateActivities(`record: ${said.choice} ${said.step}`).resolveEffect({ ...toReference(run), ...said });
    choices.add(said.choice);
    // Where no plan goes on, nobody asks about this step again.
    if (interrupted !== undefined) run.answered.add(`${said.seal}/${said.step}`);
    run.view.open = run.view.open.filter((effect) => effect.seal !== said.seal || effect.step !== said.step);
  }
  markWaiting(run, undefined);
  return choices;
}

/** For when a step has failed again: what was said of it before, twice perhaps, is no answer to what is asked now. */
export function dropAnswered({ inbox, answered }: RunContext): void {
  inbox.resolutions = inbox.resolutions.filter(({ seal, step }) => {
    if (!answered.has(`${seal}/${step}`)) return true;
    refuse(inbox, 'resolve', 'NOT_WAITING', `what became of ${step} of the plan ${seal} was said before`);
    return false;
  });
}
