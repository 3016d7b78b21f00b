import { findTrueCondition, LifecycleState, unsettled } from '../domain/actual.ts';
import { isSameJson } from '../domain/canonical.ts';
import type { ShownResource, ShownStatus } from '../starters/shown-resource.ts';
import type { Goal } from './goal.ts';
import { summariseStatus } from './summarise-status.ts';

/** How far a resource is on its way. */
export interface Arrival {
  /** `gone`: it is no longer there, and was not to go. */
  readonly type: 'moving' | 'arrived' | 'gone' | 'blocked';
  /** What there is to say of it, on one line. */
  readonly message: string;
  /** `Kind/name` of what it waits for, while it moves. */
  readonly waitingFor?: readonly string[];
}

/**
 * Whether a resource has come to where it was to be, from its desired revision and its status alone; pure. What a status says
 * of an older version than the newest counts for nothing: it says itself of which it is, but for a question, which counts
 * only if it is `isUpToDate`.
 */
export function judgeArrival(resource: ShownResource | undefined, goal: Goal, isUpToDate = true): Arrival {
  if (resource === undefined) return { type: goal.type === 'deleted' ? 'arrived' : 'gone', message: 'gone' };
  const { status } = resource;
  const note = summariseStatus(status);
  const message = note === '' ? status.state : `${status.state}, ${note}`;
  if (goal.type === 'state' || goal.type === 'condition')
    return { type: isMet(resource, goal, isUpToDate) ? 'arrived' : 'moving', message };
  return judgeSettling(resource, goal, message);
}

type PlainGoal = Extract<Goal, { readonly type: 'state' | 'condition' }>;
type EndGoal = Exclude<Goal, PlainGoal>;

/** A good end is one only when the newest version was dealt with and it still stands; what is passed on the way, at once. */
function isMet(resource: ShownResource, goal: PlainGoal, isUpToDate: boolean): boolean {
  const { state, conditions = [], settledRevision = unsettled, drifted } = resource.status;
  const isSo =
    goal.type === 'state'
      ? state === goal.state
      : (conditions.find(({ type }) => type.toLowerCase() === goal.condition.toLowerCase())?.status ?? 'False') ===
        goal.status;
  const isSettled = settledRevision === revisionOf(resource);
  if (nameOf(goal) === question) return isSo && isUpToDate;
  if (passing.has(nameOf(goal))) return isSo;
  if (goodEnds.has(nameOf(goal))) return isSo && isSettled && drifted !== true;
  return isSo && (isSettled || settledRevision === unsettled);
}

const passing: ReadonlySet<string> = new Set(['creating', 'updating', 'deleting']);
const question = 'awaitingapproval=true';
const goodEnds: ReadonlySet<string> = new Set(['running', 'ready=true']);

function nameOf(goal: PlainGoal): string {
  return (goal.type === 'state' ? goal.state : `${goal.condition}=${goal.status}`).toLowerCase();
}

/** Desired's mod revision; 0 = nothing is desired. */
function revisionOf({ metadata }: ShownResource): number {
  return typeof metadata.version === 'number' ? metadata.version : 0;
}

/** A resource that is dealt with at its newest version and did not get there, will not get there by itself. */
function judgeSettling(resource: ShownResource, goal: EndGoal, message: string): Arrival {
  const { status } = resource;
  if (status.settledRevision !== revisionOf(resource)) return { type: 'moving', message };
  const is = (type: string) => findTrueCondition(status.conditions, type) !== undefined;
  if (is('Blocked')) {
    if (goal.after !== undefined && isSameBlock(status, goal.after)) return { type: 'moving', message };
    const { waitingFor } = status;
    // What waits for itself waits in vain.
    return waitingFor === undefined || waitingFor.length === 0 || is('Invalid')
      ? { type: 'blocked', message }
      : { type: 'moving', message, waitingFor };
  }
  const hasArrived =
    goal.type === 'converged' && status.state === LifecycleState.Running && is('Ready') && status.drifted !== true;
  return { type: hasArrived ? 'arrived' : 'moving', message };
}

/** Each run that ends blocked counts one more failure; a look without a run leaves it as it was. */
function isSameBlock(left: ShownStatus, right: ShownStatus): boolean {
  return isSameJson([left.failures, left.conditions], [right.failures, right.conditions]);
}
