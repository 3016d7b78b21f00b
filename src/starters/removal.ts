import { orderByDependencies } from '../domain/dependency-order.ts';
import { HomeostatError, HomeostatErrors } from '../domain/failure.ts';
import { isSameResource, showResource, toResourcePath, type ResourceKey } from '../domain/identity.ts';
import { maximumDeletes } from '../domain/mass-delete.ts';
import { storedDependencies } from '../domain/resource.ts';
import { toUnknownResource } from '../domain/unknown-resource.ts';
import type { ResourceSnapshot } from '../state/resources.ts';

/** Refuses to remove what is not there, unless it may be missing, and what others that stay depend on. */
export function checkRemoval(
  wanted: readonly ResourceKey[],
  stored: ReadonlyMap<string, ResourceSnapshot>,
  mayMiss: (key: ResourceKey) => boolean,
): void {
  const going = new Set(wanted.map(toResourcePath));
  const dependencies = [...stored].map(([path, snapshot]) => ({
    path,
    key: snapshot.key,
    on: storedDependencies(snapshot.desired?.value),
  }));
  const errors = wanted.flatMap((key) => {
    if (!stored.has(toResourcePath(key))) return mayMiss(key) ? [] : [toUnknownResource(key)];
    const dependants = dependencies.filter(
      ({ path, on }) => !going.has(path) && on.some((one) => isSameResource(one, key)),
    );
    if (dependants.length === 0) return [];
    const names = dependants.slice(0, shownDependants).map((dependant) => showResource(dependant.key));
    if (dependants.length > names.length) names.push(`${dependants.length - names.length} more`);
    return [
      new HomeostatError('HAS_DEPENDANTS', {
        path: showResource(key),
        problem: `${names.join(', ')} ${dependants.length === 1 ? 'needs' : 'need'} it`,
        remedy: 'delete those too, in the same call, or take their dependency out first',
      }),
    ];
  });
  if (errors.length > 0) throw new HomeostatErrors(errors);
}

/** Of those who need a resource no more are named. */
const shownDependants = 20;

/**
 * Refuses to delete many at once, unless exactly that many were confirmed: whoever names a wrong folder, or generates an
 * empty one, takes a fleet down with one call.
 */
export function checkMassDelete(count: number, storedCount: number, confirmed: number | undefined): void {
  if (confirmed === undefined ? count <= maximumDeletes : confirmed === count) return;
  const said = confirmed === undefined ? '' : `, confirmed ${confirmed}`;
  throw new HomeostatError('MASS_DELETE', {
    problem: `would delete ${count} of ${storedCount} resources, limit ${maximumDeletes}${said}`,
    remedy: `when all of them are meant, say so: --confirm ${count}`,
  });
}

/** The paths in the order in which they can go. */
export function dependantsFirst(
  paths: readonly string[],
  stored: ReadonlyMap<string, ResourceSnapshot>,
): readonly string[] {
  const nodes = new Map(
    paths.map((path) => [
      path,
      { key: stored.get(path)!.key, dependsOn: storedDependencies(stored.get(path)!.desired?.value) },
    ]),
  );
  try {
    return orderByDependencies(nodes).toReversed();
  } catch {
    // A cycle that was written past our doors has no order, and must not keep anybody from deleting it.
    return paths;
  }
}
