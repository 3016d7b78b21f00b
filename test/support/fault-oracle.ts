import { expect } from 'vitest';
import { findTrueCondition, type ActualRecord } from '../../src/domain/actual.ts';
import { toReconcileWorkflowId, type ResourceKey } from '../../src/domain/identity.ts';
import { externalNameOf } from '../../src/domain/kind.ts';
import type { LedgerEntry } from '../../src/domain/ledger.ts';
import type { ResourceSnapshot } from '../../src/state/resources.ts';
import type { EffectServer, LoggedEffect } from './effect-server-process.ts';
import { listOpenHeals } from './list-runs.ts';
import type { TestServers } from './test-servers.ts';
import { waitFor } from './wait-for.ts';

export interface OracleSources {
  readonly servers: TestServers;
  readonly effects: EffectServer;
}

/** How a resource may stand when a fault is over; anything else is lost work. */
type Standing = 'converged' | 'gone' | 'blocked' | 'asking';

/**
 * What holds after every fault, whatever it was (`I1` to `I5` of the design), told by the effect server and the two
 * stores, never by the runtime: nothing lost, nothing done twice or unapproved, the audit chain whole, and no run left
 * over. A runtime must be there, to end what it is about. What has come to rest is returned: see `checkRests`. `I6`, every
 * history replays, is `replay-histories.ts`.
 */
export async function checkInvariants(sources: OracleSources, keys: readonly ResourceKey[]): Promise<readonly Rest[]> {
  const rests: Rest[] = [];
  for (const key of keys) {
    const standing = await checkResource(sources, key);
    // What is blocked tries again, and who is asked may answer.
    if (standing === 'converged' || standing === 'gone') rests.push(await lookAtRest(sources, key));
  }
  return rests;
}

/** What stays once a resource has come to rest. A late hint may have it looked at again, and nothing come of it. */
export interface Rest {
  readonly key: ResourceKey;
  readonly desiredRevision: number | undefined;
  readonly modRevision: number | undefined;
  readonly auditRecords: number;
  readonly effects: number;
}

/** I5: nothing came after the rest, unless something else was wanted since. */
export async function checkRests(sources: OracleSources, rests: readonly Rest[]): Promise<void> {
  for (const rest of rests) {
    const now = await lookAtRest(sources, rest.key);
    if (now.desiredRevision === rest.desiredRevision) expect(now).toEqual(rest);
  }
}

async function lookAtRest({ servers, effects }: OracleSources, key: ResourceKey): Promise<Rest> {
  const { desired, actual } = await servers.state.resources.read(key);
  const { length: auditRecords } = await servers.state.audit.list(key);
  return {
    key,
    desiredRevision: desired?.modRevision,
    modRevision: actual?.modRevision,
    auditRecords,
    effects: effectsOn(effects.effects(), key).length,
  };
}

async function checkResource(sources: OracleSources, key: ResourceKey): Promise<Standing> {
  const { state } = sources.servers;
  const standing = await waitFor(`${key.name} to come to rest (I1, I5)`, () => restOf(sources, key), 10_000);
  if (key.kind === 'Widget') {
    if (standing === 'converged' || standing === 'gone') expect(await isAsDesired(sources, key), key.name).toBe(true);
    expect(await findEffectFaults(sources, key), key.name).toEqual([]);
  }
  expect(await findRecordFaults(sources, key), key.name).toEqual([]);
  if (standing !== 'asking') expect(await state.ledger.listOpen(key), key.name).toEqual([]);
  expect(await state.audit.verify(key), key.name).toBeUndefined();
  return standing;
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
  // Temporal is asked only when it matters: this is asked again and again.
  if (standing === undefined) return undefined;
  const { status } = await servers.client.workflow.getHandle(toReconcileWorkflowId(key)).describe();
  const isOpen = status.name === 'RUNNING';
  // A run that asks a person is open for as long as the person takes; any other that stays is work without an end.
  if (isOpen !== (standing === 'asking')) return undefined;
  return (await hasIdleHeal(servers, key)) ? undefined : standing;
}

/** Whether a treatment is open that asks nobody. */
async function hasIdleHeal({ client, state }: TestServers, key: ResourceKey): Promise<boolean> {
  const open = await listOpenHeals(client, key);
  if (open.length === 0) return false;
  const asking = (await state.approvals.list(key.tenant, 'pending')).map(({ workflowId }) => workflowId);
  return open.some((workflowId) => !asking.includes(workflowId));
}

function standingOf({ desired, actual }: ResourceSnapshot): Standing | undefined {
  if (actual === undefined) return desired === undefined ? 'gone' : undefined;
  const { status } = actual.record;
  const is = (type: string) => (findTrueCondition(status.conditions, type)?.reason ?? '') !== '';
  if (is('AwaitingApproval') || isOutcomeUnknown(status)) return 'asking';
  if (status.settledRevision !== (desired?.modRevision ?? 0)) return undefined;
  if (is('Blocked')) return 'blocked';
  return status.state === 'Running' && is('Ready') ? 'converged' : undefined;
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

/**
 * I2 and I3: each step on record as done has one effect, each other one none, what removes was asked about, and what was
 * asked about was allowed before.
 */
async function findEffectFaults({ servers, effects }: OracleSources, key: ResourceKey): Promise<readonly string[]> {
  const took = effectsOn(effects.effects(), key);
  const timesOf = (idempotencyKey: string) => took.filter(({ key: by }) => by === idempotencyKey).length;
  const faults: string[] = [];
  const entries = await listEntries(servers, key);
  for (const { state, step, idempotencyKey } of entries) {
    const times = timesOf(idempotencyKey);
    const allowed = state === 'done' ? [1] : state === 'failed' ? [0] : [0, 1];
    if (!allowed.includes(times)) faults.push(`${step} is ${state} and has ${times} effects`);
  }
  for (const { key: by, at, action } of took) {
    if (!entries.some(({ idempotencyKey }) => idempotencyKey === by)) faults.push(`${by} is on no record`);
    const request = await servers.state.approvals.get(key.tenant, by.slice(0, 64));
    if (request === undefined && action !== 'remove') continue;
    const decidedAt = Date.parse(request?.decision?.decidedAt ?? '');
    if (request?.state !== 'approved' || !(decidedAt <= at)) faults.push(`${by} ${action} without approval`);
  }
  return faults;
}

/** I4: each step on record as done stands in the audit chain as done, once. */
async function findRecordFaults({ servers }: OracleSources, key: ResourceKey): Promise<readonly string[]> {
  const chain = await servers.state.audit.list(key);
  const entries = await listEntries(servers, key);
  if (entries.length > 0 && chain.length === 0) return ['there are steps on record, and no audit chain'];
  const ended = chain.filter(({ type, detail }) => type === 'step-end' && detail.state === 'done');
  const done = entries.filter(({ state }) => state === 'done');
  return done.flatMap(({ seal, step, generation }) => {
    const { length } = ended.filter(
      ({ detail }) => detail.seal === seal && detail.step === step && detail.generation === generation,
    );
    return length === 1 ? [] : [`${step} of ${seal} is done, and stands in the audit chain ${length} times`];
  });
}

async function listEntries({ state }: TestServers, key: ResourceKey): Promise<readonly LedgerEntry[]> {
  return (await state.ledger.list(key)).map(({ entry }) => entry);
}
