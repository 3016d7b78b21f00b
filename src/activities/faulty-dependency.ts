import { LifecycleState, unsettled } from '../domain/actual.ts';
import { showResource, type ResourceKey } from '../domain/identity.ts';
import { toDependencies } from '../domain/resource.ts';
import type { Block } from '../domain/run.ts';
import type { ActivityScope } from './activity-scope.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { loadResource, ownerElsewhere, type LoadedResource } from './load-resource.ts';
import { observeResource } from './observe-resource.ts';
import { askOwnCheck } from './prove-repair.ts';

/** What each kind judges its things by, if it judges them at all. */
const healthIssue = 'service_down';

/**
 * Why a repair must wait: what the resource depends on is not well itself. Its faults are often only theirs, and a repair
 * of the wrong one helps nobody. Nothing = go ahead.
 */
export async function findFaultyDependency(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  { desired }: LoadedResource,
): Promise<Block | undefined> {
  if (desired === undefined) return undefined;
  const looks = toDependencies(desired).map(async (key) => {
    const problem = await findProblem(dependencies, scope, key);
    return problem === undefined ? undefined : { name: showResource(key), problem };
  });
  const faulty = (await Promise.all(looks)).filter((one) => one !== undefined);
  if (faulty.length === 0) return undefined;
  return {
    code: 'DEPENDENCY_NOT_READY',
    message: `waits for what it depends on: ${faulty.map(({ name, problem }) => `${name} ${problem}`).join('; ')}`,
    waitingFor: faulty.map(({ name }) => name),
    retry: true,
  };
}

/**
 * What is wrong with it, as far as can be seen from here: one on another host is taken at its record's word. Where its
 * kind has a check, that alone counts: a thing may serve well and differ from what is desired all the same.
 */
async function findProblem(
  dependencies: ActivityDependencies,
  { signal }: ActivityScope,
  key: ResourceKey,
): Promise<string | undefined> {
  const loaded = await loadResource(dependencies, key);
  if (loaded.type === 'invalid') return undefined;
  const { desired, actual } = loaded.resource;
  if (desired === undefined || actual === undefined) return 'is not there';
  if (actual.status.state !== LifecycleState.Running) return `is ${actual.status.state}`;
  if (ownerElsewhere(loaded.resource, dependencies.host) !== undefined) return undefined;
  const context = { signal, log: dependencies.log };
  const own = await askOwnCheck(loaded.resource, healthIssue, context);
  if (own !== undefined && own.isUnchecked !== true) {
    return own.isGood || own.isBlind === true ? undefined : `is not well (${own.detail})`;
  }
  const { observation, delta } = await observeResource(loaded.resource, context);
  if (observation.type === 'absent') return 'is not there';
  // What was never applied is not what runs there, also while people are asked about it; unless they are asked because it drifted.
  const { settledRevision, drifted } = actual.status;
  const isChanging = settledRevision !== loaded.resource.desiredRevision && !(settledRevision === unsettled && drifted);
  if (observation.type === 'unreachable' || delta.type === 'none' || isChanging) return undefined;
  return `is not well (differs in ${delta.changes.map(({ path }) => path).join(', ')})`;
}
