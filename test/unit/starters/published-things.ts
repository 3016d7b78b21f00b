import { createKeys } from '../../../src/domain/keys.ts';
import type { PublishedKind } from '../../../src/domain/published.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import { createStateOver, type State } from '../../../src/state/state.ts';

/** A kind as a runtime publishes it; the shape is what zod makes of a strict object. */
export const databaseKind: PublishedKind = {
  kind: 'Database',
  agent: 'databases',
  immutable: ['engine'],
  spec: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      engine: { type: 'string', enum: ['postgres', 'sqlite'], default: 'postgres' },
      replicas: { type: 'integer', minimum: 0, maximum: 100, default: 1 },
      description: { type: 'string', maxLength: 1000 },
      tags: { type: 'array', items: { type: 'string' }, maxItems: 3 },
      limits: { type: 'object', propertyNames: { pattern: '^[a-z]+$' }, additionalProperties: { type: 'number' } },
      check: {
        oneOf: [
          {
            type: 'object',
            properties: { type: { type: 'string', const: 'tcp' }, port: { type: 'integer' } },
            required: ['type', 'port'],
            additionalProperties: false,
          },
          {
            type: 'object',
            properties: {
              type: { type: 'string', const: 'http' },
              port: { type: 'integer' },
              path: { type: 'string' },
            },
            required: ['type', 'port'],
            additionalProperties: false,
          },
        ],
      },
    },
    additionalProperties: false,
  },
  status: {},
};

/** A state in memory where the kind Database is published. */
export async function createStateWithKinds(): Promise<State> {
  const keys = createKeys('/test');
  const state = createStateOver(createMemoryStore(), keys);
  const put = { type: 'put', key: keys.kind('Database'), value: JSON.stringify(databaseKind) } as const;
  await state.store.commit([], [put]);
  return state;
}
