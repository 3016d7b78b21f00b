import { digestOf } from '../domain/canonical.ts';
import type { ConfirmInput, RunReference } from '../domain/run.ts';
import type { ActivityScope } from './activity-scope.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { findDependencyBlock } from './dependency-block.ts';
import { desiredDigestOf, loadResource } from './load-resource.ts';
import { observeResource, type ComparedResource } from './observe-resource.ts';

/** Whether the world is still as the run last saw it, and what the plan waited for then is still there, or gone. */
export async function confirmPlan(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  { resource, deltaDigest, desiredDigest, isRepair = false }: ConfirmInput,
): Promise<boolean> {
  const observed = await look(dependencies, scope, resource);
  if (observed === undefined) return false;
  if (!isRepair) {
    const { resources, removals } = dependencies.state;
    const removal = observed.desired === undefined ? await removals.view(resource) : undefined;
    if ((await findDependencyBlock(observed, removal, resources)) !== undefined) return false;
  }
  return digestOf(observed.delta) === deltaDigest && desiredDigestOf(observed.desired) === desiredDigest;
}

/** What `confirmPlan` compares with after a wait in the middle of a plan; null where nobody can look. */
export async function digestDelta(
  dependencies: ActivityDependencies,
  scope: ActivityScope,
  { resource }: RunReference,
): Promise<string | null> {
  const observed = await look(dependencies, scope, resource);
  return observed === undefined ? null : digestOf(observed.delta);
}

async function look(
  dependencies: ActivityDependencies,
  { signal }: ActivityScope,
  resource: RunReference['resource'],
): Promise<ComparedResource | undefined> {
  const loaded = await loadResource(dependencies, resource);
  if (loaded.type === 'invalid') return undefined;
  const observed = await observeResource(loaded.resource, { signal, log: dependencies.log });
  return observed.observation.type === 'unreachable' ? undefined : observed;
}
