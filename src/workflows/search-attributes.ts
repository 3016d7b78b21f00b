import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common';
import type { ResourceKey } from '../domain/identity.ts';
import { searchAttributeNames } from '../domain/messages.ts';

const keyOf = (field: keyof typeof searchAttributeNames) =>
  defineSearchAttributeKey(searchAttributeNames[field], 'KEYWORD');

/** What the runs of a resource, and those that treat its faults, are found by from their start. */
export function toSearchAttributes({ tenant, kind }: ResourceKey): TypedSearchAttributes {
  return new TypedSearchAttributes([
    { key: keyOf('tenant'), value: tenant },
    { key: keyOf('kind'), value: kind },
    { key: keyOf('phase'), value: 'running' },
  ]);
}

/** The change of them when a wait begins; `undefined`: when it ends. */
export function toWaitingAttributes(waitingFor: string | undefined) {
  return [
    { key: keyOf('phase'), value: waitingFor === undefined ? 'running' : 'waiting' },
    { key: keyOf('waitingFor'), value: waitingFor ?? null },
  ];
}
