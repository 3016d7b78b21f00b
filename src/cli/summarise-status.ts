import { findTrueCondition, type Condition } from '../domain/actual.ts';
import type { ShownStatus } from '../starters/shown-resource.ts';

/** Why a resource is not simply ready, in a few words; empty when there is nothing to say. */
export function summariseStatus(status: ShownStatus): string {
  const blocked = findTrueCondition(status.conditions, 'Blocked');
  if (blocked !== undefined) return `Blocked: ${showCause(blocked)}`;
  if (findTrueCondition(status.conditions, 'AwaitingApproval') !== undefined) return 'waits for approval';
  const others = (status.conditions ?? [])
    .filter((condition) => condition.type !== 'Ready' && condition.status === 'True')
    .map((condition) => condition.type);
  return [...(status.drifted === true ? ['drifted'] : []), ...others].join(', ');
}

function showCause({ reason, message }: Condition): string {
  return message === '' || message.startsWith(reason) ? message || reason : `${reason} ${message}`;
}
