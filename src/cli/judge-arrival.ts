import { LifecycleState } from '../domain/actual.ts';
import type { ShownResource } from '../starters/shown-resource.ts';
import { summariseStatus } from './summarise-status.ts';

/** How far a resource is on its way. */
export interface Arrival {
  readonly type: 'moving' | 'converged' | 'gone' | 'blocked';
  /** What there is to say of it, on one line. */
  readonly message: string;
  /** `Kind/name` of what it waits for, while it moves. */
  readonly waitingFor?: readonly string[];
}

/** Whether a resource has come about, from its desired revision and its status alone; pure. */
export function judgeArrival(resource: ShownResource | undefined, goal: 'converged' | 'gone'): Arrival {
  if (resource === undefined) return { type: 'gone', message: 'gone' };
  const { status, metadata } = resource;
  const revision = typeof metadata.version === 'number' ? metadata.version : 0;
  const note = summariseStatus(status);
  const message = note === '' ? status.state : `${status.state}, ${note}`;
  if (status.settledRevision !== revision) return { type: 'moving', message };
  const is = (type: string) =>
    status.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;
  if (is('Blocked')) {
    const { waitingFor } = status;
    return waitingFor === undefined || waitingFor.length === 0
      ? { type: 'blocked', message }
      : { type: 'moving', message, waitingFor };
  }
  const hasArrived =
    goal === 'converged' && status.state === LifecycleState.Running && is('Ready') && status.drifted !== true;
  return { type: hasArrived ? 'converged' : 'moving', message };
}
