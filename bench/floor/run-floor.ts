import { Client, type ConnectionLike } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { signalNames } from '../../src/domain/messages.ts';
import { toReconcileStart } from '../../src/starters/reconcile-start.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { keyOf } from '../support/settlements.ts';

/** The floor's own namespace on the same server, so that its workers can have the same queues. */
export const floorNamespace = 'floor';

export async function createFloorNamespace(connection: ConnectionLike): Promise<Client> {
  await connection.workflowService.registerNamespace({
    namespace: floorNamespace,
    workflowExecutionRetentionPeriod: msToTs(24 * 60 * 60 * 1_000),
  });
  const client = new Client({ connection, namespace: floorNamespace });
  // The server's parts learn of a new namespace one after the other.
  await waitFor('the namespace of the floor', async () => {
    await client.workflow.count();
    return true;
  });
  return client;
}

/** Starts a run of the floor as the runtime's hint sender starts one of ours, and waits for its end. */
export async function runFloor(client: Client, name: string, activities: number): Promise<number> {
  const from = performance.now();
  const handle = await client.workflow.signalWithStart('floor', {
    ...toReconcileStart(keyOf(name), false),
    args: [activities],
    signal: signalNames.changed,
    signalArgs: [{ desiredRevision: 1, reason: 'desired-changed' }],
  });
  await handle.result();
  return performance.now() - from;
}
