import { patched, sleep } from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.ts';
import { taskQueues } from '../domain/messages.ts';
import type { PlanningResult } from '../domain/run.ts';
import type { SealedPlan } from '../domain/sealed-plan.ts';
import { toActivityFault } from './activity-fault.ts';
import { observingActivities, stateActivities } from './proxies.ts';
import { forgetFailures, toReference, type RunContext } from './run-context.ts';

/** How often a plan may be sent from host to host before we say that nobody has it. */
const maximumMoves = 3;

interface Elsewhere {
  readonly type: 'elsewhere';
  readonly host: string;
}

/** Nobody who can look at the thing answers. */
export interface Unreached {
  readonly type: 'unreached';
  readonly code: string;
  readonly message: string;
}

/**
 * Calls an activity where the real thing can be reached: on the owner the watcher knew, else anywhere; a worker that finds
 * another owner on record sends it on. A host that does not answer gives `unreached`, never a look from elsewhere.
 */
export async function callOnOwner<Result>(
  run: RunContext,
  summary: string,
  call: (activities: Activities) => Promise<Result | Elsewhere>,
  activitiesOn: typeof observingActivities = observingActivities,
): Promise<Result | Unreached> {
  let host = run.inbox.owner;
  let isBusy = false;
  for (let moves = 0; moves <= maximumMoves; moves += 1) {
    const queue = host === undefined ? taskQueues.tools : taskQueues.host(host);
    try {
      const result = await call(activitiesOn(queue, summary));
      if (!isElsewhere(result)) return result;
      host = result.host;
      isBusy = false;
      run.inbox.owner = host;
    } catch (error) {
      const { code, message } = toActivityFault(error);
      if (code !== 'HOST_UNREACHABLE' || host === undefined) return { type: 'unreached', code, message };
      // A busy host's queue looks like a dead one: its lease tells them apart.
      isBusy = await stateActivities(`is host ${host} alive?`).isHostAlive({ host });
      if (isBusy) continue;
      run.inbox.owner = undefined;
      const said = `HOST_UNREACHABLE host: ${host}, which owns it, does not answer — start its runtime`;
      return { type: 'unreached', code: 'HOST_UNREACHABLE', message: said };
    }
  }
  const message = isBusy
    ? `HOST_UNREACHABLE host: ${host} lives and has too much to do — it is tried again`
    : 'HOST_UNREACHABLE host: no host has taken it — start the runtime of its owner';
  return { type: 'unreached', code: 'HOST_UNREACHABLE', message };
}

/** How often a host that lives may leave a task lying, each time for `hostScheduleToStart`: two minutes. */
const maximumWaits = 8;

/**
 * Calls an activity on the queue of a plan. What a host does not come to in time is sent to it again for as long as it
 * lives: it has much to do, and what was begun of an effect stands in the ledger.
 */
export function callWhereSealed<Result>(queue: string, call: () => Promise<Result>): Promise<Result> {
  const prefix = taskQueues.host('');
  return queue.startsWith(prefix) ? callOnBusyHost(queue.slice(prefix.length), call) : call();
}

async function callOnBusyHost<Result>(host: string, call: () => Promise<Result>): Promise<Result> {
  for (let waits = 1; ; waits += 1) {
    try {
      return await call();
    } catch (error) {
      const isLate = toActivityFault(error).code === 'HOST_UNREACHABLE';
      if (!isLate || waits === maximumWaits || !patched('waits-for-a-busy-host')) throw error;
      if (!(await stateActivities(`is host ${host} alive?`).isHostAlive({ host }))) throw error;
    }
  }
}

/** How often, and how long apart, a host that does not answer is asked again: its runtime may only be starting. */
const patience = { looks: 12, pauseMs: 10_000 };

/** The same where nobody waits for the answer: a host that is away for a while is waited for. */
export async function callOnOwnerPatiently<Result extends object>(
  run: RunContext,
  summary: string,
  call: (activities: Activities) => Promise<Result | Elsewhere>,
  activitiesOn: typeof observingActivities = observingActivities,
): Promise<Result | Unreached> {
  for (let looks = 0; ; looks += 1) {
    const result = await callOnOwner(run, summary, call, activitiesOn);
    if (!isUnreached(result) || looks === patience.looks || !patched('waits-for-the-host')) return result;
    await sleep(patience.pauseMs);
  }
}

function isUnreached<Result extends object>(result: Result | Unreached): result is Unreached {
  return 'type' in result && result.type === 'unreached' && 'code' in result && result.code === 'HOST_UNREACHABLE';
}

function isElsewhere<Result>(result: Result | Elsewhere): result is Elsewhere {
  return typeof result === 'object' && result !== null && 'type' in result && result.type === 'elsewhere';
}

/** Observes again after a wait for a person; whether what was sealed still is what is to be done. */
export function confirmPlan(
  run: RunContext,
  { queue, content }: Pick<SealedPlan, 'queue' | 'content'>,
  { isRepair = false } = {},
): Promise<boolean> {
  const { deltaDigest, desiredDigest } = content;
  return callWhereSealed(queue, () =>
    observingActivities(queue, 'observe again after the wait').confirmPlan({
      ...toReference(run),
      deltaDigest,
      desiredDigest,
      ...(isRepair ? { isRepair } : {}),
    }),
  );
}

/** Observes and plans. `answer` is what a model said to what was asked before. */
export async function observeAndPlan(run: RunContext, answer?: string): Promise<PlanningResult> {
  const { retryAsked } = run.inbox;
  run.inbox.retryAsked = false;
  if (retryAsked && run.failures.length > 0 && patched('retry-begins-afresh')) forgetFailures(run);
  const planning = await callOnOwner<PlanningResult>(run, 'observe and plan', (activities) =>
    activities.observeAndPlan({
      ...toReference(run),
      failures: run.failures,
      triedShapes: run.triedShapes,
      retryAsked,
      ...(answer === undefined ? {} : { answer }),
    }),
  );
  if (planning.type !== 'unreached') return planning;
  const { code, message } = planning;
  return {
    format: 1,
    type: 'blocked',
    readRevision: run.inbox.newestRevision,
    desiredRevision: -1,
    block: { code: code as 'HOST_UNREACHABLE', message, retry: true },
  };
}
