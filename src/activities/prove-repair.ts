import { setTimeout as sleep } from 'node:timers/promises';
import type { Proof, ProveInput } from '../domain/heal.ts';
import type { ActivityScope } from './activity-scope.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { loadResource, observeResource } from './load-resource.ts';

const everyMs = 1_000;

/**
 * Whether the fault is gone: the thing is seen to be as desired, health check and all, without a break for the stable
 * time. Code says so, never a model, and never whoever reported it.
 */
export async function proveRepair(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  { resource, desiredRevision, stableMs, patienceMs }: ProveInput,
): Promise<Proof> {
  const startedAt = performance.now();
  let goodSince: number | undefined;
  let detail = 'nothing was seen';
  for (;;) {
    const seen = await look(dependencies, scope, resource);
    if (desiredRevision !== undefined && seen.desiredRevision !== desiredRevision) {
      return { isGone: false, detail: 'something else is desired now', isOutdated: true };
    }
    const now = performance.now();
    detail = seen.detail;
    goodSince = seen.isGood ? (goodSince ?? now) : undefined;
    if (goodSince !== undefined && now - goodSince >= stableMs) {
      return { isGone: true, detail: `${detail}, for ${Math.round(stableMs / 1_000)} s without a break` };
    }
    if (goodSince === undefined && now - startedAt >= patienceMs) return { isGone: false, detail };
    await sleep(Math.min(everyMs, Math.max(50, stableMs / 3)), undefined, { signal: scope.signal });
  }
}

async function look(
  dependencies: ActivityDependencies,
  { signal }: ActivityScope,
  resource: ProveInput['resource'],
): Promise<{ readonly isGood: boolean; readonly detail: string; readonly desiredRevision?: number }> {
  const loaded = await loadResource(dependencies, resource);
  if (loaded.type === 'invalid') return { isGood: false, detail: 'what is desired is not valid' };
  const { desiredRevision } = loaded.resource;
  const { observation, delta } = await observeResource(loaded.resource, { signal, log: dependencies.log });
  if (observation.type === 'unreachable') return { isGood: false, detail: observation.cause, desiredRevision };
  if (delta.type === 'none') return { isGood: true, detail: 'it is as desired', desiredRevision };
  const fields = delta.changes.map(({ path }) => path).join(', ');
  const detail = fields === '' ? `still to ${delta.type}` : `differs in ${fields}`;
  return { isGood: false, detail, desiredRevision };
}
