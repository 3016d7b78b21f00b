import type { ActualRecord } from '../domain/actual.ts';
import type { AuditEvent } from '../domain/audit.ts';
import { cutToLength } from '../domain/cut-to-length.ts';
import { HomeostatError, toCodedErrors } from '../domain/failure.ts';
import { showResource, type ResourceKey } from '../domain/identity.ts';
import { issueLimits, type Issue } from '../domain/issue.ts';
import type { JsonObject } from '../domain/json.ts';
import { apiVersion } from '../domain/resource.ts';
import {
  unknownRevision,
  type Block,
  type RecordBlockedInput,
  type RecordedBlock,
  type RecordInput,
  type RecordResult,
  type RunReference,
} from '../domain/run.ts';
import { redactSecrets } from '../domain/secret-patterns.ts';
import type { ActualChange, ChangeGrounds } from '../state/changes.ts';
import type { ResourceSnapshot } from '../state/resources.ts';
import type { ActivityScope } from './activity-scope.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { isHostBound, toLoaded } from './load-resource.ts';
import { retryIfMoved } from './moved-meanwhile.ts';
import { observeResource, type ComparedResource } from './observe-resource.ts';
import { inNewestMode, newStatus, toBlocked, toConverged, toLastApplied, toObserved } from './status.ts';

/**
 * The last activity of a pass: observes again and records what is, with the audit record, in one transaction. What
 * happened is always recorded; a desired value that moved meanwhile stays unsettled and gets another pass.
 *
 * A first attempt goes by what this process remembers of the resource, if that is of the revision it is asked about, and
 * records only if both halves still stand as remembered; else, and in another process, the resource is read.
 */
export async function verifyAndRecord(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  input: RecordInput,
): Promise<RecordResult> {
  const { resources } = dependencies.state;
  const remembered = scope.attempt === 1 ? resources.remembered(input.resource) : undefined;
  const desiredRevision = remembered?.desired?.modRevision ?? 0;
  if (remembered !== undefined && desiredRevision === input.desiredRevision) {
    try {
      const grounds = { desiredRevision, actualRevision: remembered.actual?.modRevision ?? 0 };
      return await recordSnapshot(dependencies, scope, input, remembered, grounds);
    } catch (error) {
      if (!toCodedErrors(error).some(({ code }) => code === 'STALE_REVISION')) throw error;
    }
  }
  return recordSnapshot(dependencies, scope, input, await resources.read(input.resource));
}

async function recordSnapshot(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  input: RecordInput,
  snapshot: ResourceSnapshot,
  grounds?: ChangeGrounds,
): Promise<RecordResult> {
  const { registry, state, log, host } = dependencies;
  const record = async (change: ActualChange, outcome: RecordResult['type']) => {
    if (await isRecorded(dependencies, scope, input, outcome)) return;
    await state.changeActual(input.resource, change, runRecorded(scope, input, outcome), grounds);
  };
  const loaded = toLoaded(registry, snapshot);
  if (loaded.type === 'invalid') {
    if (wasNeverApplied(loaded.snapshot)) {
      await record(() => undefined, 'gone');
      return { type: 'gone' };
    }
    await record((current) => current ?? 'unchanged', 'moved');
    return { type: 'moved' };
  }
  const observed = await observeResource(loaded.resource, { signal: scope.signal, log }, input.desiredRevision);
  if (observed.observation.type === 'unreachable') {
    throw new HomeostatError('UNREACHABLE', { problem: observed.observation.cause });
  }
  const result = judge(observed, input);
  await record((current) => {
    if (result.type === 'gone') return undefined;
    const before = current?.status ?? newStatus;
    const converged = result.type === 'converged';
    const lastApplied = converged ? toLastApplied(observed) : current?.lastApplied;
    return {
      ...envelopeOf(input.resource, observed.resourceId),
      ...(lastApplied === undefined ? {} : { lastApplied }),
      status: {
        ...(converged ? toConverged(before, observed) : toObserved(before, observed)),
        ...(isHostBound(observed) ? { owner: host } : {}),
      },
    } satisfies ActualRecord;
  }, result.type);
  log.info({ outcome: result.type, desiredRevision: input.desiredRevision }, 'recorded');
  return result;
}

/** Not desired, and never begun: whatever stands on record of it, there is nothing to remove. */
export function wasNeverApplied({ desired, actual }: ResourceSnapshot): boolean {
  return desired === undefined && actual?.record.lastApplied === undefined;
}

function judge({ desiredRevision, delta, desired, observation }: ComparedResource, input: RecordInput): RecordResult {
  if (desiredRevision !== input.desiredRevision) return { type: 'moved' };
  if (desired === undefined && observation.type === 'absent') return { type: 'gone' };
  if (delta.type === 'none') return { type: 'converged' };
  const fields = delta.changes.map((change) => change.path).join(', ');
  return { type: 'not-converged', difference: fields === '' ? `still to ${delta.type}` : `still differs in ${fields}` };
}

/** Ends that heal may help with: something was tried, and it did not work. */
const failed = new Set<Block['code']>([
  'NOT_CONVERGED',
  'TOOL_FAILED',
  'STEP_TIMED_OUT',
  'EFFECT_REFUSED',
  'PORT_TAKEN',
  'NOT_READY',
]);

/**
 * Records that a run ended without getting there, and why. Touches nothing but the store. Answers with the fault that is
 * to be treated unasked, once for a desired revision.
 */
export async function recordBlocked(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  input: RecordBlockedInput,
): Promise<RecordedBlock> {
  const { registry, state, settings, log } = dependencies;
  const { resource, refusal, now } = input;
  const block = { ...input.block, message: cutToLength(redactSecrets(input.block.message), 4_000) };
  const snapshot = await state.resources.read(resource);
  const { desired } = snapshot;
  const desiredRevision = desired?.modRevision ?? 0;
  const loaded = toLoaded(registry, snapshot);
  const settledRevision = input.desiredRevision === unknownRevision ? desiredRevision : input.desiredRevision;
  if (!(await isRecorded(dependencies, scope, input, 'blocked'))) {
    const event = runRecorded(scope, input, 'blocked', {
      code: block.code,
      message: cutToLength(block.message, 2_000),
    });
    const change: ActualChange = (current) => {
      const before = current?.status ?? newStatus;
      // What stands there was dealt with since by another run: this attempt's worker slept past its time-out.
      if (before.settledRevision === desiredRevision && settledRevision !== desiredRevision) return current;
      const remembered = refusal ?? before.refused;
      const backOff = { now, firstMs: settings.retryFirstMs, longestMs: settings.retryLongestMs };
      const lastApplied =
        loaded.type === 'loaded' ? inNewestMode(current?.lastApplied, loaded.resource) : current?.lastApplied;
      return {
        ...envelopeOf(resource, String(desired?.createRevision ?? current?.id ?? 0)),
        ...(lastApplied === undefined ? {} : { lastApplied }),
        status: toBlocked(before, settledRevision, block, remembered, backOff),
      };
    };
    await retryIfMoved(state.changeActual(resource, change, event, { desiredRevision }));
  }
  log.warn({ code: block.code, reason: block.message }, 'blocked');
  if (!failed.has(block.code)) return {};
  const known = await state.incidents.get(resource, 'resource_error');
  if (known?.desiredRevision === settledRevision) return {};
  const issue: Issue = {
    type: 'resource_error',
    resource: showResource(resource),
    severity: 'warning',
    summary: cutToLength(block.message, issueLimits.summary),
    evidence: [],
    since: new Date(now).toISOString(),
  };
  return { issue };
}

/**
 * Whether an earlier attempt has put this on record, and its worker ended before it could report. A run may end blocked
 * twice in one pass, but between the two a treatment leaves records of its own.
 */
async function isRecorded(
  { state }: ActivityDependencies,
  { runId, attempt }: ActivityScope,
  { resource, pass }: RunReference,
  outcome: string,
): Promise<boolean> {
  if (attempt === 1) return false;
  const newest = (await state.audit.list(resource)).at(-1);
  if (newest?.type !== 'run-recorded' || newest.runId !== runId) return false;
  return newest.detail.pass === pass && newest.detail.outcome === outcome;
}

function envelopeOf({ kind, name, tenant }: ResourceKey, id: string) {
  return { apiVersion, kind, metadata: { name, tenant }, id };
}

function runRecorded(
  scope: ActivityScope,
  input: Pick<RecordInput, 'desiredRevision' | 'steps' | 'seal' | 'pass'>,
  outcome: string,
  extra: JsonObject = {},
): AuditEvent {
  return {
    type: 'run-recorded',
    workflowId: scope.workflowId,
    runId: scope.runId,
    detail: {
      outcome,
      desiredRevision: input.desiredRevision,
      pass: input.pass,
      steps: input.steps.map((step) => ({ ...step })),
      ...(input.seal === undefined ? {} : { seal: input.seal }),
      ...extra,
    },
  };
}
