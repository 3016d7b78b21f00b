import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { LoadedConfig } from '../config/load-config.ts';
import { workflowTypes } from '../domain/messages.ts';
import { connectTemporalClient } from '../starters/connect-temporal.ts';
import { loadWorkflowBundle, toReplayOptions } from '../workers/workflow-bundle.ts';

/** An open run, and why this version's code could not carry it on. */
export interface ReplayedRun {
  readonly workflowId: string;
  readonly runId: string;
  readonly fault?: string;
}

/**
 * Whether the workflow code of this version can carry on the runs that are open now: their histories are fetched and
 * replayed here. Changes nothing, takes no work, asks Temporal alone. Called before an upgrade, with the new version. It
 * leaves nothing in the data folder: whoever asks may be another user than the runtime's.
 */
export async function replayOpenRuns(config: LoadedConfig): Promise<readonly ReplayedRun[]> {
  const folder = await mkdtemp(join(tmpdir(), 'homeostat-replay-'));
  try {
    return await replayWithin(folder, config);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function replayWithin(folder: string, config: LoadedConfig): Promise<readonly ReplayedRun[]> {
  const { client, close } = await connectTemporalClient(config);
  try {
    const workflowBundle = await loadWorkflowBundle(folder);
    const types = Object.values(workflowTypes).map((type) => `'${type}'`);
    const query = `ExecutionStatus = 'Running' AND WorkflowType IN (${types.join(', ')})`;
    // Asked once before: what a replay was given and cannot read would leave the SDK's native half running for ever.
    await client.workflow.count(query);
    const histories = client.workflow.list({ query }).intoHistories();
    // What a replay has to say comes back as its result; the native half would write it to stdout as well.
    const logger = new DefaultLogger('ERROR', () => undefined);
    Runtime.install({ logger, telemetryOptions: { logging: { filter: 'ERROR', forward: {} } }, shutdownSignals: [] });
    const replayed: ReplayedRun[] = [];
    const options = toReplayOptions(workflowBundle);
    for await (const { workflowId, runId, error } of Worker.runReplayHistories(options, histories)) {
      replayed.push({ workflowId, runId, ...(error === undefined ? {} : { fault: error.message }) });
    }
    return replayed.toSorted((left, right) => (left.workflowId < right.workflowId ? -1 : 1));
  } finally {
    await close();
  }
}
