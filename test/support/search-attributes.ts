import type { Client } from '@temporalio/client';
import { searchAttributeNames } from '../../src/domain/messages.ts';

/** Those of our search attributes that stand on a run now, by our names for them. */
export async function searchAttributesOf(client: Client, workflowId: string): Promise<Record<string, string>> {
  const { typedSearchAttributes } = await client.workflow.getHandle(workflowId).describe();
  const standing = new Map(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
  return Object.fromEntries(
    Object.entries(searchAttributeNames).flatMap(([field, name]) => {
      const value = standing.get(name);
      return value === undefined ? [] : [[field, String(value)]];
    }),
  );
}
