import type { Client } from '@temporalio/client';
import type { HistoryAndWorkflowId } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import { expect } from 'vitest';
import type { ActualRecord } from '../../src/domain/actual.ts';
import { toReconcileWorkflowId, type ResourceKey } from '../../src/domain/identity.ts';
import { externalNameOf } from '../../src/domain/kind.ts';
import type { ResourceSnapshot } from '../../src/state/resources.ts';
import { installSdk } from '../../src/workers/install-sdk.ts';
import { toReplayOptions } from '../../src/workers/workflow-bundle.ts';
import { loadTestBundle } from './workflow-bundle.ts';
import type { EffectServer, LoggedEffect } from './effect-server-process.ts';
import type { TestServers } from './test-servers.ts';
import { waitFor } from './wait-for.ts';

export interface OracleSources {
  readonly servers: TestServers;
  readonly effects: EffectServer;
}

/** How a resource may stand when a fault is over; anything else is lost work. */
type Standing = 'converged' | 'gone' | 'blocked' | 'asking';

/**
 * What holds after every fault, whatever it was (`I1` to `I6` of the design), told by the effect server and the two
 * stores, never by the runtime: nothing lost, nothing done twice or unapproved, the audit chain whole, no run left over,
 * and every history replays. A runtime must be there, to end what it is about.
 */
export async function checkInvariants(sources: OracleSources, keys: readonly ResourceKey[]): Promise<void> {
  for (const key of keys) await checkResource(sources, key);
  expect(await findReplayFaults(sources.servers, keys)).toEqual([]);
}

async function checkResource(sources: OracleSources, key: ResourceKey): Promise<void> {
  const { state } = sources.servers;
  const standing = await waitFor(`${key.name} to come to rest (I1, I5)`, () => restOf(sources, key), 10_000);
  if (key.kind === 'Widget') {
    if (standing === 'converged' || standing === 'gone') expect(await isAsDesired(sources, key)).toBe(true);
    await checkEffects(sources, key);
  }
  if (standing !== 'asking') expect(await state.ledger.listOpen(key)).toEqual([]);
  expect(await state.audit.verify(key)).toBeUndefined();
}

/** Effects on a widget and its parts, in order; what the test itself did behind the runtime's back left out. */
export function effectsOn(effects: readonly LoggedEffect[], key: ResourceKey): readonly LoggedEffect[] {
  const name = externalNameOf(key);
  return effects.filter(
    ({ object, key: by }) => (object === name || object.startsWith(`${name}-part-`)) && !by.startsWith('meddler-'),
  );
}

async function restOf({ servers }: OracleSources, key: ResourceKey): Promise<Standing | undefined> {
  const standing = standingOf(await servers.state.resources.read(key));
  const { status } = await servers.client.workflow.getHandle(toReconcileWorkflowId(key)).describe();
  const isOpen = status.name === 'RUNNING';
  // A run that asks a person is open for as long as the person takes; any other that stays is work without an end.
  return isOpen === (standing === 'asking') ? standing : undefined;
}

function standingOf({ desired, actual }: ResourceSnapshot): Standing | undefined {
  if (actual === undefined) return desired === undefined ? 'gone' : undefined;
  const { status } = actual.record;
  if (hasReason(status, 'AwaitingApproval') || isOutcomeUnknown(status)) return 'asking';
  if (status.settledRevision !== (desired?.modRevision ?? 0)) return undefined;
  if (hasReason(status, 'Blocked')) return 'blocked';
  return status.state === 'Running' && hasReason(status, 'Ready') ? 'converged' : undefined;
}

function hasReason({ conditions }: ActualRecord['status'], type: string): boolean {
  return conditions.some((one) => one.type === type && one.status === 'True' && one.reason !== '');
}

function isOutcomeUnknown({ conditions }: ActualRecord['status']): boolean {
  return conditions.some(({ type, reason }) => type === 'Blocked' && reason === 'OUTCOME_UNKNOWN');
}

async function isAsDesired({ servers, effects }: OracleSources, key: ResourceKey): Promise<boolean> {
  const { desired } = await servers.state.resources.read(key);
  const object = (await effects.objects())[externalNameOf(key)];
  const size = (desired?.value as { spec?: { size?: number } } | undefined)?.spec?.size;
  return object?.size === size;
}

/** I2 and I3: each step on record as done has one effect, each other one none, and what removes was allowed before. */
async function checkEffects({ servers, effects }: OracleSources, key: ResourceKey): Promise<void> {
  const took = effectsOn(effects.effects(), key);
  const timesOf = (idempotencyKey: string) => took.filter(({ key: by }) => by === idempotencyKey).length;
  const faults: string[] = [];
  const entries = (await servers.state.ledger.list(key)).map(({ entry }) => entry);
  for (const { state, step, idempotencyKey } of entries) {
    const times = timesOf(idempotencyKey);
    const allowed = state === 'done' ? [1] : state === 'failed' ? [0] : [0, 1];
    if (!allowed.includes(times)) faults.push(`${step} is ${state} and has ${times} effects`);
  }
  for (const { key: by, at, action } of took) {
    if (!entries.some(({ idempotencyKey }) => idempotencyKey === by)) faults.push(`${by} is on no record`);
    if (action !== 'remove') continue;
    const request = await servers.state.approvals.get(key.tenant, by.slice(0, 64));
    const decidedAt = Date.parse(request?.decision?.decidedAt ?? '');
    if (request?.state !== 'approved' || !(decidedAt <= at)) faults.push(`${by} removed without approval`);
  }
  expect(faults).toEqual([]);
}

/** I6: runs of the resources whose histories the code as it is would not repeat. */
async function findReplayFaults({ client }: TestServers, keys: readonly ResourceKey[]): Promise<readonly string[]> {
  const histories: HistoryAndWorkflowId[] = [];
  for (const workflowId of keys.map(toReconcileWorkflowId)) {
    const runIds = await listRuns(client, workflowId);
    const fetched = runIds.map((runId) => client.workflow.getHandle(workflowId, runId).fetchHistory());
    for (const history of await Promise.all(fetched)) histories.push({ workflowId, history });
  }
  const workflowBundle = await loadTestBundle();
  const options = toReplayOptions(workflowBundle);
  return oneAtATime(async () => {
    await installSdk({ warn: () => undefined, error: console.error });
    const faults: string[] = [];
    for await (const { runId, error } of Worker.runReplayHistories(options, histories)) {
      if (error !== undefined) faults.push(`${runId}: ${error.message}`);
    }
    return faults;
  });
}

async function listRuns(client: Client, workflowId: string): Promise<readonly string[]> {
  const { runId: newest } = await client.workflow.getHandle(workflowId).describe();
  return waitFor(`the runs of ${workflowId} to be listed`, async () => {
    const found: string[] = [];
    for await (const { runId } of client.workflow.list({ query: `WorkflowId = "${workflowId}"` })) found.push(runId);
    return found.includes(newest) ? found : undefined;
  });
}

let previous: Promise<unknown> = Promise.resolve();

/** The end of a replay ends the SDK's native half of this process, under whoever else replays. */
function oneAtATime<Result>(work: () => Promise<Result>): Promise<Result> {
  const mine = previous.then(work, work);
  previous = mine;
  return mine;
}
