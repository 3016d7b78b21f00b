import { taskQueues } from '../domain/messages.ts';
import type { PlanningResult } from '../domain/run.ts';
import { toActivityFault } from './activity-fault.ts';
import { observingActivities, stateActivities } from './proxies.ts';
import { toReference, type RunContext } from './run-context.ts';

/** How often a plan may be sent from host to host before we say that nobody has it. */
const maximumMoves = 3;

/**
 * Observes and plans where the real thing can be reached: on the owner the watcher knew, else anywhere; a worker that
 * finds another owner on record sends it on. `answer` is what a model said to what was asked before. A host that does not answer blocks the run, it never yields a plan.
 */
export async function observeAndPlan(run: RunContext, answer?: string): Promise<PlanningResult> {
  let host = run.inbox.owner;
  const { retryAsked } = run.inbox;
  run.inbox.retryAsked = false;
  for (let moves = 0; moves <= maximumMoves; moves += 1) {
    const queue = host === undefined ? taskQueues.tools : taskQueues.host(host);
    try {
      const planning = await observingActivities(queue, 'observe and plan').observeAndPlan({
        ...toReference(run),
        failures: run.failures,
        triedShapes: run.triedShapes,
        retryAsked,
        ...(answer === undefined ? {} : { answer }),
      });
      if (planning.type !== 'elsewhere') return planning;
      host = planning.host;
      run.inbox.owner = host;
    } catch (error) {
      const fault = toActivityFault(error);
      if (fault.code !== 'HOST_UNREACHABLE' || host === undefined) return toBlocked(run, fault.code, fault.message);
      // A busy host's queue looks like a dead one: its lease tells them apart.
      if (await stateActivities(`is host ${host} alive?`).isHostAlive({ host })) continue;
      run.inbox.owner = undefined;
      return toBlocked(
        run,
        'HOST_UNREACHABLE',
        `HOST_UNREACHABLE host: ${host}, which owns it, does not answer — start its runtime`,
      );
    }
  }
  return toBlocked(
    run,
    'HOST_UNREACHABLE',
    'HOST_UNREACHABLE host: no host has taken it — start the runtime of its owner',
  );
}

function toBlocked(run: RunContext, code: 'HOST_UNREACHABLE' | (string & {}), message: string): PlanningResult {
  return {
    format: 1,
    type: 'blocked',
    readRevision: run.inbox.newestRevision,
    desiredRevision: -1,
    block: { code: code as 'HOST_UNREACHABLE', message, retry: true },
  };
}
