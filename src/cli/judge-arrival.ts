import { LifecycleState } from '../domain/actual.ts';
import type { ShownResource } from '../starters/shown-resource.ts';
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

/** Whether a resource has come to where it was to be, from its desired revision and its status alone; pure. */
export function judgeArrival(resource: ShownResource | undefined, goal: Goal): Arrival {
  if (resource === undefined) return { type: goal.type === 'deleted' ? 'arrived' : 'gone', message: 'gone' };
  const { status } = resource;
  const note = summariseStatus(status);
  const message = note === '' ? status.state : `${status.state}, ${note}`;
  switch (goal.type) {
    case 'state':
      return { type: status.state === goal.state ? 'arrived' : 'moving', message };
    case 'condition': {
      const found = status.conditions?.find(({ type }) => type === goal.condition)?.status ?? 'False';
      return { type: found === goal.status ? 'arrived' : 'moving', message };
    }
    case 'converged':
    case 'deleted':
      return judgeSettling(resource, goal, message);
  }
}

/** A resource that is dealt with at its newest version and did not get there, will not get there by itself. */
function judgeSettling({ status, metadata }: ShownResource, goal: Goal, message: string): Arrival {
  const revision = typeof metadata.version === 'number' ? metadata.version : 0;
  if (status.settledRevision !== revision) return { type: 'moving', message };
  const is = (type: string) =>
    status.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;
  if (is('Blocked')) {
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
