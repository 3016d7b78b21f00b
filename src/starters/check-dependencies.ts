import { maximumChain, orderByDependencies, type DependencyNode } from '../domain/dependency-order.ts';
import { codedOrThrow, type HomeostatError } from '../domain/failure.ts';
import { toResourcePath, type ResourceKey } from '../domain/identity.ts';
import { noSuchDependency, storedDependencies, toDependencies } from '../domain/resource.ts';
import type { Resources } from '../state/resources.ts';
import type { CheckedDocument } from './checked-document.ts';

/**
 * Checks that all dependencies exist, in the store or in the same apply, and make no cycle; answers the order to write
 * in. Follows dependencies from the documents on, so its cost does not grow with the number of resources there are.
 */
export async function checkDependencies(
  documents: ReadonlyMap<string, CheckedDocument>,
  resources: Pick<Resources, 'readMany'>,
  report: (document: CheckedDocument | undefined, error: HomeostatError) => void,
): Promise<readonly string[]> {
  const nodes = new Map<string, DependencyNode>();
  for (const [path, { key, resource }] of documents) nodes.set(path, { key, dependsOn: toDependencies(resource) });
  const missing = await addStoredNodes(nodes, resources);
  for (const document of documents.values()) {
    for (const dependency of nodes.get(document.path)!.dependsOn) {
      if (!missing.has(toResourcePath(dependency))) continue;
      report(document, noSuchDependency(document.written, document.key, dependency));
    }
  }
  try {
    return orderByDependencies(nodes).filter((path) => documents.has(path));
  } catch (error) {
    for (const coded of codedOrThrow(error)) report(undefined, coded);
    return [];
  }
}

/** Adds what is reached in the store; answers the paths where nothing is desired. */
async function addStoredNodes(
  nodes: Map<string, DependencyNode>,
  resources: Pick<Resources, 'readMany'>,
): Promise<ReadonlySet<string>> {
  const missing = new Set<string>();
  let level = [...nodes.values()];
  for (let depth = 0; level.length > 0 && depth <= maximumChain; depth += 1) {
    const next = new Map<string, ResourceKey>();
    for (const dependency of level.flatMap(({ dependsOn }) => dependsOn)) {
      const path = toResourcePath(dependency);
      if (!nodes.has(path) && !missing.has(path)) next.set(path, dependency);
    }
    const snapshots = await resources.readMany([...next.values()]);
    level = [];
    for (const snapshot of snapshots) {
      const path = toResourcePath(snapshot.key);
      const node = { key: snapshot.key, dependsOn: storedDependencies(snapshot.desired?.value) };
      if (snapshot.desired === undefined) missing.add(path);
      else {
        nodes.set(path, node);
        level.push(node);
      }
    }
  }
  return missing;
}
