import type { Client } from '@temporalio/client';
import { toHealWorkflowId, toReconcileWorkflowId, type ResourceKey } from '../../src/domain/identity.ts';
import { workflowTypes } from '../../src/domain/messages.ts';
import { waitFor } from './wait-for.ts';

export interface ListedRun {
  readonly workflowId: string;
  readonly runId: string;
}

/** Every run of the resources and of their treatments; asked for in one list, which may lag behind what Temporal knows. */
export async function listRuns(client: Client, keys: readonly ResourceKey[]): Promise<readonly ListedRun[]> {
  const ids = new Set(keys.map(toReconcileWorkflowId));
  const healPrefixes = keys.map((key) => toHealWorkflowId(key, ''));
  const isOfKeys = ({ workflowId }: ListedRun) =>
    ids.has(workflowId) || healPrefixes.some((prefix) => workflowId.startsWith(prefix));
  const query = `WorkflowType = "${workflowTypes.reconcile}" OR WorkflowType = "${workflowTypes.heal}"`;
  return waitFor('the runs to be listed', async () => {
    const runs = (await listAll(client, query)).filter(isOfKeys);
    const listed = new Set(runs.map(({ runId }) => runId));
    const known = [...new Set([...ids, ...runs.map(({ workflowId }) => workflowId)])];
    const newest = await Promise.all(known.map((workflowId) => client.workflow.getHandle(workflowId).describe()));
    return newest.every(({ runId }) => listed.has(runId)) && runs;
  });
}

/** Workflow ids of the treatments of a resource that are open. */
export async function listOpenHeals(client: Client, key: ResourceKey): Promise<readonly string[]> {
  const query = `WorkflowType = "${workflowTypes.heal}" AND WorkflowId STARTS_WITH "${toHealWorkflowId(key, '')}"`;
  const found = await listAll(client, `${query} AND ExecutionStatus = "Running"`);
  return found.map(({ workflowId }) => workflowId);
}

async function listAll(client: Client, query: string): Promise<readonly ListedRun[]> {
  const found: ListedRun[] = [];
  for await (const { workflowId, runId } of client.workflow.list({ query })) found.push({ workflowId, runId });
  return found;
}
