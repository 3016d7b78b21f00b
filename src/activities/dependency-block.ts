import type { Block } from '../domain/run.ts';
import { isSameResource, parseDependency, showResource } from '../domain/identity.ts';
import { toDependencies } from '../domain/resource.ts';
import type { ResourceSnapshot, Resources } from '../state/resources.ts';
import type { ObservedResource } from './load-resource.ts';

/**
 * Why a change must wait for other resources: a create or update for what it depends on to run, a delete for what
 * depends on it to be gone. Nothing = go ahead.
 */
export async function findDependencyBlock(
  resource: ObservedResource,
  resources: Resources,
): Promise<Block | undefined> {
  if (resource.delta.type === 'none') return undefined;
  return resource.desired === undefined ? findDependants(resource, resources) : findMissing(resource, resources);
}

async function findMissing({ desired }: ObservedResource, resources: Resources): Promise<Block | undefined> {
  const missing: string[] = [];
  for (const dependency of toDependencies(desired!)) {
    const snapshot = await resources.read(dependency);
    if (snapshot.desired === undefined || snapshot.actual?.record.status.state !== 'Running') {
      missing.push(showResource(dependency));
    }
  }
  if (missing.length === 0) return undefined;
  const waitingFor = missing.toSorted();
  return {
    code: 'DEPENDENCY_NOT_READY',
    message: `waits for ${waitingFor.join(', ')} to be running`,
    waitingFor,
    retry: true,
  };
}

async function findDependants({ key }: ObservedResource, resources: Resources): Promise<Block | undefined> {
  const all = await resources.list(key.tenant);
  const waitingFor = all
    .filter(
      (other) =>
        !isSameResource(other.key, key) && dependenciesOf(other).some((dependency) => isSameResource(dependency, key)),
    )
    .map((other) => showResource(other.key))
    .toSorted();
  if (waitingFor.length === 0) return undefined;
  return {
    code: 'HAS_DEPENDANTS',
    message: `waits for ${waitingFor.join(', ')}, which need it, to be gone`,
    waitingFor,
    retry: true,
  };
}

/** What really depends on it now: by what was last applied, so that a resource that never came to be blocks nothing. */
function dependenciesOf({ key, actual }: ResourceSnapshot) {
  return (actual?.record.lastApplied?.dependsOn ?? []).map((entry) => parseDependency(entry, key));
}
