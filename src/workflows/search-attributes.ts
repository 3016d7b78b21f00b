import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common';
import type { ResourceKey } from '../domain/identity.ts';
import { searchAttributeNames, toSearchAttributeValues } from '../domain/messages.ts';

const toKey = (name: string) => defineSearchAttributeKey(name, 'KEYWORD');

/** What a run that treats a fault is found by from its start. */
export function toSearchAttributes(resource: ResourceKey): TypedSearchAttributes {
  const values = Object.entries(toSearchAttributeValues(resource));
  return new TypedSearchAttributes(values.map(([name, value]) => ({ key: toKey(name), value })));
}

/** The change of them when a wait begins; `undefined`: when it ends. */
export function toWaitingAttributes(waitingFor: string | undefined) {
  return [
    { key: toKey(searchAttributeNames.phase), value: waitingFor === undefined ? 'running' : 'waiting' },
    { key: toKey(searchAttributeNames.waitingFor), value: waitingFor ?? null },
  ];
}
