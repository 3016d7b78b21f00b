import { LifecycleState } from '../domain/actual.ts';
import { maximumChain, orderByDependencies, type DependencyNode } from '../domain/dependency-order.ts';
import { toCodedErrors, type HomeostatError } from '../domain/failure.ts';
import { toResourcePath, type ResourceKey } from '../domain/identity.ts';
import { storedDependencies } from '../domain/resource.ts';
import type { ResourceSnapshot, Resources } from '../state/resources.ts';

/** Of a wider web the rest is not looked at: its resources say that they wait, as they do anyway. */
const mostRead = 500;

/** Whether others may be made on top of it. */
export function isReady({ desired, actual }: ResourceSnapshot): boolean {
  return desired !== undefined && actual?.record.status.state === LifecycleState.Running;
}

/**
 * What our doors would have refused, and somebody put past them: what a resource waits for waits for itself
 * (`INVALID_VALUE`), or for a longer chain than is allowed (`TOO_MANY_ITEMS`). Follows only what is not ready, so it costs
 * nothing where all runs. `unready`: what the resource waits for, as it was read.
 */
export async function findEndlessWait(
  key: ResourceKey,
  unready: readonly ResourceSnapshot[],
  resources: Pick<Resources, 'readMany'>,
): Promise<HomeostatError | undefined> {
  const self: DependencyNode = { key, dependsOn: unready.map((snapshot) => snapshot.key) };
  const nodes = new Map([[toResourcePath(key), self]]);
  const reached = new Set([self, ...unready].map((one) => toResourcePath(one.key)));
  let level = unready;
  for (let depth = 1; level.length > 0; depth += 1) {
    const next: ResourceKey[] = [];
    for (const snapshot of level.filter((one) => !isReady(one))) {
      const dependsOn = storedDependencies(snapshot.desired?.value);
      nodes.set(toResourcePath(snapshot.key), { key: snapshot.key, dependsOn });
      for (const dependency of dependsOn) {
        const path = toResourcePath(dependency);
        if (reached.has(path) || reached.size > mostRead) continue;
        reached.add(path);
        next.push(dependency);
      }
    }
    level = depth < maximumChain ? await resources.readMany(next) : [];
  }
  try {
    orderByDependencies(nodes);
    return undefined;
  } catch (error) {
    const [first] = toCodedErrors(error);
    if (first === undefined) throw error;
    return first;
  }
}
