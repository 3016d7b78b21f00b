import { setTimeout as sleep } from 'node:timers/promises';
import { describeThrown } from '../domain/failure.ts';
import type { Proof, ProveInput } from '../domain/heal.ts';
import type { Issue } from '../domain/issue.ts';
import type { IssueFinding } from '../domain/issue-check.ts';
import type { ObserveContext } from '../domain/kind.ts';
import type { ActivityScope } from './activity-scope.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { checkIssue } from './check-issue.ts';
import { loadResource, ownerElsewhere, type LoadedResource } from './load-resource.ts';
import { inForceOf, observeResource } from './observe-resource.ts';

const everyMs = 1_000;
/** A check that cannot look is asked again for so long: on a busy machine that alone is no fault to repair. */
const blindMs = 30_000;

/**
 * Whether the fault is gone: the thing is seen to be as desired, health check and all, and the kind's own check of this
 * type of fault, where it has one, passes, both without a break for the stable time. Code says so, never a model, and
 * never whoever reported it.
 */
export async function proveRepair(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  { resource, issue, desiredRevision, stableMs, patienceMs }: ProveInput,
): Promise<Proof | { readonly type: 'elsewhere'; readonly host: string }> {
  const loaded = await loadResource(dependencies, resource);
  const owner = loaded.type === 'loaded' ? ownerElsewhere(loaded.resource, dependencies.host) : undefined;
  if (owner !== undefined) return { type: 'elsewhere', host: owner };
  const startedAt = performance.now();
  let goodSince: number | undefined;
  let detail = 'nothing was seen';
  for (;;) {
    const seen = await lookAtFault(dependencies, scope, { resource, issue, repairedFor: desiredRevision });
    if (desiredRevision !== undefined && seen.desiredRevision !== desiredRevision) {
      return { isGone: false, detail: 'something else is desired now', isOutdated: true };
    }
    const now = performance.now();
    detail = seen.detail;
    goodSince = seen.isGood ? (goodSince ?? now) : undefined;
    if (goodSince !== undefined && now - goodSince >= stableMs) {
      const isUnchecked = seen.isUnchecked === true;
      return {
        isGone: true,
        detail: `${detail}, for ${Math.round(stableMs / 1_000)} s without a break`,
        ...(isUnchecked ? { isUnchecked } : {}),
      };
    }
    const isBlind = seen.isBlind === true;
    const patience = isBlind ? Math.max(patienceMs, blindMs) : patienceMs;
    if (goodSince === undefined && now - startedAt >= patience) {
      return { isGone: false, detail, ...(isBlind ? { isBlind } : {}) };
    }
    await sleep(Math.min(everyMs, Math.max(50, stableMs / 3)), undefined, { signal: scope.signal });
  }
}

/** Faults that are over when a thing is as desired, where its kind has no check of its own for them. */
const seenByObserving: ReadonlySet<string> = new Set(['service_down', 'resource_error']);

interface Look extends IssueFinding {
  readonly desiredRevision?: number;
  /** The kind's own check could not look: neither the fault nor its end was seen. */
  readonly isBlind?: boolean;
}

/** What is looked at; `repairedFor`: desired's mod revision that a repair was carried out for, if one was. */
interface LookedAt extends Pick<ProveInput, 'resource'> {
  readonly issue: Pick<Issue, 'type'>;
  readonly repairedFor?: number | undefined;
}

/** One look whether the fault is there. */
export async function lookAtFault(
  dependencies: ActivityDependencies,
  { signal }: ActivityScope,
  { resource, issue, repairedFor }: LookedAt,
): Promise<Look> {
  const loaded = await loadResource(dependencies, resource);
  if (loaded.type === 'invalid') return { isGood: false, detail: 'what is desired is not valid' };
  const { desiredRevision } = loaded.resource;
  const context = { signal, log: dependencies.log };
  const { observation, delta } = await observeResource(loaded.resource, context, repairedFor);
  if (observation.type === 'unreachable') return { isGood: false, detail: observation.cause, desiredRevision };
  if (delta.type === 'none') {
    const own =
      observation.type === 'present' ? await askOwnCheck(loaded.resource, issue.type, context, repairedFor) : undefined;
    if (own === undefined) {
      const isUnchecked = !seenByObserving.has(issue.type);
      return { isGood: true, detail: 'it is as desired', desiredRevision, ...(isUnchecked ? { isUnchecked } : {}) };
    }
    return { ...own, detail: `it is as desired; ${own.detail}`, desiredRevision };
  }
  const fields = delta.changes.map(({ path }) => path).join(', ');
  const detail = fields === '' ? `still to ${delta.type}` : `differs in ${fields}`;
  return { isGood: false, detail, desiredRevision };
}

/** Asks the kind's own check, if it has one for the type. One that could not look has seen nothing good. */
export async function askOwnCheck(
  resource: LoadedResource,
  type: string,
  context: ObserveContext,
  repairedFor?: number,
): Promise<Omit<Look, 'desiredRevision'> | undefined> {
  const { key, kind, desired, actual } = resource;
  const spec = desired?.spec ?? actual?.lastApplied?.spec;
  try {
    return await checkIssue({ key, kind, spec, inForce: inForceOf(resource, repairedFor) }, type, context);
  } catch (error) {
    if (context.signal.aborted) throw error;
    return { isGood: false, isBlind: true, detail: `could not check for ${type}: ${describeThrown(error)}` };
  }
}
