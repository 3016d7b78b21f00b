import { unsettled, type ActualRecord, type ActualStatus, type Condition } from '../domain/actual.ts';
import type { Delta } from '../domain/delta.ts';
import { showResource } from '../domain/identity.ts';
import { parseMode } from '../domain/mode.ts';
import type { JsonObject } from '../domain/json.ts';
import { showGates } from '../domain/plan.ts';
import type { Resource } from '../domain/resource.ts';
import type { Block, OpenEffect } from '../domain/run.ts';
import type { SealedPlan } from '../domain/sealed-plan.ts';
import { toldCommand } from '../domain/told-command.ts';
import { isSameJson } from '../domain/canonical.ts';
import { isHostBound, type LoadedResource } from './load-resource.ts';
import type { ComparedResource } from './observe-resource.ts';

/**
 * How a status goes from one form to the next: pure functions, so that the same facts always give the same status and
 * nothing is written for an unchanged resource.
 */

/** The status of a resource nothing was ever recorded of. It counts as not dealt with. */
export const newStatus: ActualStatus = {
  state: 'Pending',
  settledRevision: unsettled,
  drifted: false,
  failures: 0,
  conditions: [],
};

const ready = (status: Condition['status'], reason: string, message = ''): Condition => ({
  type: 'Ready',
  status,
  reason,
  message,
});

/**
 * A plan is about to run. What was begun is not dealt with, whatever it came of: should its run be lost, the next watcher
 * that lists starts another.
 */
export function toProgressing(before: ActualStatus, change: Delta['type']): ActualStatus {
  const state = ({ create: 'Creating', update: 'Updating', delete: 'Deleting', none: 'Running' } as const)[change];
  return { ...withoutWaits(before), settledRevision: unsettled, state, conditions: [ready('False', state)] };
}

/** A plan waits for a person: nothing is under way, also where a plan before it was begun. */
export function toAwaitingApproval(
  before: ActualStatus,
  { resource, seal, plan, waitReason = 'Dangerous' }: SealedPlan,
): ActualStatus {
  const command = toldCommand(`approve ${showResource(resource)}`, resource);
  const message = `${showGates(plan)} — ${command} (seal ${seal})`;
  return {
    ...withoutWaits(before),
    ...(begun.has(before.state) ? { state: stateAtRest(before) } : {}),
    settledRevision: unsettled,
    conditions: [
      ready('False', 'AwaitingApproval'),
      { type: 'AwaitingApproval', status: 'True', reason: waitReason, message },
    ],
  };
}

/** Effects stand open that nobody can prove. */
export function toOutcomeUnknown(before: ActualStatus, open: readonly OpenEffect[]): ActualStatus {
  const tools = open.map((effect) => `${effect.toolName} (${effect.step})`).toSorted();
  const message = `nobody can prove what became of ${tools.join(', ')} — say adopt, redo or give up`;
  return {
    ...withoutWaits(before),
    settledRevision: unsettled,
    state: 'Error',
    conditions: [
      ready('False', 'OutcomeUnknown'),
      { type: 'Blocked', status: 'True', reason: 'OUTCOME_UNKNOWN', message },
    ],
  };
}

/** Of what is in a run's hands nothing is due, and nobody waits for others. */
function withoutWaits(before: ActualStatus): ActualStatus {
  const { retryAt: _retryAt, waitingFor: _waitingFor, frozenBy: _frozenBy, ...kept } = before;
  return kept;
}

/** Actual is as desired at this revision. Nobody owns any more what came to be bound to no host. */
export function toConverged(before: ActualStatus, resource: ComparedResource): ActualStatus {
  const {
    refused: _refused,
    refusedRepair: _refusedRepair,
    leftAlone: _leftAlone,
    owner,
    ...kept
  } = withoutWaits(before);
  return {
    ...kept,
    ...(owner !== undefined && isHostBound(resource) ? { owner } : {}),
    state: 'Running',
    settledRevision: resource.desiredRevision,
    drifted: false,
    failures: 0,
    ...observedOf(resource),
    conditions: [ready('True', 'Converged'), ...ownConditions(resource)],
  };
}

/** What was seen, while the resource is still on its way. */
export function toObserved(before: ActualStatus, resource: ComparedResource): ActualStatus {
  const { observed: _, ...kept } = before;
  return { ...kept, ...observedOf(resource) };
}

export interface RetryPace {
  /** Workflow time, milliseconds. */
  readonly now: number;
  readonly firstMs: number;
  readonly longestMs: number;
}

/** The run ended without getting there. The revision counts as dealt with, so nothing runs before something changes. */
export function toBlocked(
  before: ActualStatus,
  settledRevision: number,
  block: Block,
  refused: ActualStatus['refused'],
  { now, firstMs, longestMs }: RetryPace,
): ActualStatus {
  const failures = before.failures + 1;
  const pause = pauseAfter(failures, { firstMs, longestMs });
  const reason = shownReasons[block.code] ?? block.code;
  return {
    ...withoutWaits(before),
    state: stateWhenBlocked(before, block),
    settledRevision,
    drifted: false,
    failures,
    conditions: [
      ready('False', 'Blocked'),
      { type: 'Blocked', status: 'True', reason, message: block.message },
      ...(block.invalid === true
        ? [{ type: 'Invalid', status: 'True', reason: block.code, message: block.message } as const]
        : []),
    ],
    ...(block.retry ? { retryAt: block.retryAt ?? new Date(now + pause).toISOString() } : {}),
    ...(block.waitingFor === undefined ? {} : { waitingFor: block.waitingFor }),
    ...(block.frozenBy === undefined ? {} : { frozenBy: block.frozenBy }),
    ...(refused === undefined ? {} : { refused }),
  };
}

/** Milliseconds to wait after the nth failure in a row. */
function pauseAfter(failures: number, { firstMs, longestMs }: Pick<RetryPace, 'firstMs' | 'longestMs'>): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 30));
}

/** Drifts this close together count as one story; so many of them are put right at once. */
const driftWindowMs = 10 * 60_000;
const promptDrifts = 20;

/**
 * The thing was seen to be other than recorded. A run follows at once; for what breaks again and again, ever later; for
 * what waits for a retry anyway, at that time, unless it has come right by itself. What is held was not put right before:
 * it goes on saying what it waits for, and after so many drifts no run follows.
 */
export function toDrifted(
  before: ActualStatus,
  observed: JsonObject | undefined,
  isAsWanted: boolean,
  pace: RetryPace,
): ActualStatus {
  const { observed: _, ...kept } = before;
  const seen: ActualStatus = { ...kept, ...(observed === undefined ? {} : { observed }) };
  if (isAsWanted) return { ...seen, drifted: true };
  if (before.retryAt !== undefined) return seen;
  const { now } = pace;
  const { count: earlier = 0, last: lastAt = '' } = before.drifts ?? {};
  const window = Math.max(driftWindowMs, 2 * pauseAfter(Math.max(1, earlier - promptDrifts), pace));
  const count = now - Date.parse(lastAt) < window ? earlier + 1 : 1;
  const last = new Date(now).toISOString();
  if (count <= promptDrifts) return { ...seen, drifts: { count, last }, drifted: true };
  if (isHeld(before)) return { ...seen, drifts: { count: promptDrifts, last } };
  const message = 'drifts again and again soon after it was put right; it is left alone until its next retry';
  return {
    ...seen,
    drifts: { count, last },
    state: 'Error',
    conditions: [ready('False', 'Flapping'), { type: 'Blocked', status: 'True', reason: 'Flapping', message }],
    retryAt: new Date(now + pauseAfter(count - promptDrifts, pace)).toISOString(),
  };
}

const held: readonly Condition['reason'][] = ['ObserveOnly', 'Frozen', 'OUTCOME_UNKNOWN'];

/** Whether nothing is done about it before a person says so. */
function isHeld({ conditions }: ActualStatus): boolean {
  return conditions.some(
    ({ type, reason }) => type === 'AwaitingApproval' || (type === 'Blocked' && held.includes(reason)),
  );
}

const shownReasons: Partial<Record<Block['code'], string>> = {
  APPROVAL_REJECTED: 'ApprovalRejected',
  APPROVAL_EXPIRED: 'ApprovalExpired',
  FROZEN: 'Frozen',
  OBSERVE_ONLY: 'ObserveOnly',
};

/** Blocks that leave the thing itself as it was, as does waiting for others: not failed. */
const harmless = new Set<Block['code']>([
  'APPROVAL_REJECTED',
  'APPROVAL_EXPIRED',
  'DEPENDENCY_NOT_READY',
  'HAS_DEPENDANTS',
  'UNREACHABLE',
  'HOST_UNREACHABLE',
  'BUDGET_SPENT',
  'LEFT_ALONE',
  'FROZEN',
  'OBSERVE_ONLY',
]);

/** States in which a plan of this run has begun. */
const begun = new Set<ActualStatus['state']>(['Creating', 'Updating', 'Deleting']);

function stateWhenBlocked(before: ActualStatus, { code, waitingFor }: Block): ActualStatus['state'] {
  if (!harmless.has(code) && waitingFor === undefined) return 'Error';
  // Nobody plans anew what was begun and has failed.
  if ((code === 'BUDGET_SPENT' || code === 'LEFT_ALONE') && begun.has(before.state)) return 'Error';
  return stateAtRest(before);
}

/** What was under way has ended; what was there before is there still. */
function stateAtRest({ state, observed }: ActualStatus): ActualStatus['state'] {
  if (state === 'Error') return 'Error';
  return observed === undefined ? 'Pending' : 'Running';
}

/** Whether a resource with nothing to do has anything new to say: its status would come out different. */
export function needsRecord(resource: ComparedResource): boolean {
  const { actual } = resource;
  if (actual === undefined) return resource.desired !== undefined;
  if (resource.desired === undefined) return true;
  const sameApplied = isSameJson(actual.lastApplied, toLastApplied(resource));
  return !sameApplied || !isSameJson(actual.status, toConverged(actual.status, resource));
}

type LastApplied = ActualRecord['lastApplied'];

/** What a converged resource was brought to. */
export function toLastApplied({ desired }: Pick<LoadedResource, 'desired'>): LastApplied {
  if (desired === undefined) return undefined;
  const { labels, dependsOn } = desired.metadata;
  return withMode({ spec: desired.spec, labels, dependsOn }, desired);
}

/**
 * What was applied before, in the mode that was asked for last: a mode holds at once, also for what it keeps from being
 * applied, and for the removal that may follow.
 */
export function inNewestMode(before: LastApplied, { desired }: Pick<LoadedResource, 'desired'>): LastApplied {
  return before === undefined || desired === undefined ? before : withMode(before, desired);
}

function withMode(applied: NonNullable<LastApplied>, { metadata }: Resource): LastApplied {
  const { mode: _, ...kept } = applied;
  const mode = parseMode(metadata.annotations);
  return { ...kept, ...(mode === undefined ? {} : { mode }) };
}

function observedOf({ observation }: ComparedResource): { observed?: JsonObject } {
  return observation.type === 'present' ? { observed: observation.status } : {};
}

function ownConditions({ kind, observation }: ComparedResource): readonly Condition[] {
  return observation.type === 'present' ? (kind.conditions?.(observation.status) ?? []) : [];
}
