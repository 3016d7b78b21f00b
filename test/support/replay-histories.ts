import type { Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import type { ResourceKey } from '../../src/domain/identity.ts';
import { installSdk } from '../../src/workers/install-sdk.ts';
import { toReplayOptions } from '../../src/workers/workflow-bundle.ts';
import { listRuns } from './list-runs.ts';
import { loadTestBundle } from './workflow-bundle.ts';

/** A run's history as it was when it was asked for; an open run's goes on. */
export interface FetchedHistory {
  readonly workflowId: string;
  readonly runId: string;
  readonly history: object;
}

/** The histories of all runs of the resources, and of their treatments. */
export async function fetchHistories(client: Client, keys: readonly ResourceKey[]): Promise<readonly FetchedHistory[]> {
  const runs = await listRuns(client, keys);
  return Promise.all(
    runs.map(async ({ workflowId, runId }) => {
      return { workflowId, runId, history: await client.workflow.getHandle(workflowId, runId).fetchHistory() };
    }),
  );
}

/** I6: those that the workflow code as it is would not repeat, and why. */
export async function findReplayFaults(histories: readonly FetchedHistory[]): Promise<readonly string[]> {
  if (histories.length === 0) return [];
  const options = toReplayOptions(await loadTestBundle());
  return oneAtATime(async () => {
    await installSdk({ warn: () => undefined, error: console.error });
    const faults: string[] = [];
    for await (const { workflowId, runId, error } of Worker.runReplayHistories(options, histories)) {
      if (error !== undefined) faults.push(`${workflowId}, ${runId}: ${error.message}`);
    }
    return faults;
  });
}

let previous: Promise<unknown> = Promise.resolve();

/** The end of a replay ends the SDK's native half of this process, under whoever else replays. */
function oneAtATime<Result>(work: () => Promise<Result>): Promise<Result> {
  const mine = previous.then(work, work);
  previous = mine;
  return mine;
}
