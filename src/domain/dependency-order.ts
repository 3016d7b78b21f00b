import { HomeostatError } from './failure.ts';
import { showResource, toResourcePath, type ResourceKey } from './identity.ts';

export interface DependencyNode {
  readonly key: ResourceKey;
  readonly dependsOn: readonly ResourceKey[];
}

/** A longer chain would come up one link after the other for hours, and nobody wrote it by hand. */
export const maximumChain = 100;
/** Of a cycle no more is shown. */
const shownLinks = 20;

interface Visit {
  readonly path: string;
  readonly node: DependencyNode;
  next: number;
}

/**
 * Paths of all nodes, dependencies before their dependants. Throws `INVALID_VALUE` that shows a cycle, `TOO_MANY_ITEMS`
 * for a chain longer than {@link maximumChain}. What a node depends on and is not among the nodes is passed over.
 */
export function orderByDependencies(nodes: ReadonlyMap<string, DependencyNode>): readonly string[] {
  const lengths = new Map<string, number>();
  for (const [root, rootNode] of nodes) {
    if (lengths.has(root)) continue;
    const trail: Visit[] = [{ path: root, node: rootNode, next: 0 }];
    const onTrail = new Set([root]);
    for (let visit = trail.at(-1); visit !== undefined; visit = trail.at(-1)) {
      const dependency = visit.node.dependsOn[visit.next];
      visit.next += 1;
      if (dependency === undefined) {
        lengths.set(visit.path, lengthOf(visit.node, lengths));
        onTrail.delete(visit.path);
        trail.pop();
        continue;
      }
      const path = toResourcePath(dependency);
      if (onTrail.has(path)) throw toCycle(trail, path);
      const node = nodes.get(path);
      if (node === undefined || lengths.has(path)) continue;
      trail.push({ path, node, next: 0 });
      onTrail.add(path);
    }
  }
  return [...lengths.keys()];
}

function lengthOf({ key, dependsOn }: DependencyNode, lengths: ReadonlyMap<string, number>): number {
  const length = 1 + dependsOn.reduce((longest, one) => Math.max(longest, lengths.get(toResourcePath(one)) ?? 0), 0);
  if (length <= maximumChain) return length;
  throw new HomeostatError('TOO_MANY_ITEMS', {
    path: 'metadata.dependsOn',
    problem: `a chain of more than ${maximumChain} dependencies leads to ${showResource(key)}`,
    remedy: 'make the chain shorter',
  });
}

function toCycle(trail: readonly Visit[], path: string): HomeostatError {
  const from = trail.findIndex((visit) => visit.path === path);
  const names = trail.slice(from).map(({ node }) => showResource(node.key));
  const shown = names.length > shownLinks ? [...names.slice(0, shownLinks), '…'] : names;
  return new HomeostatError('INVALID_VALUE', {
    path: 'metadata.dependsOn',
    problem: `depends on itself: ${[...shown, names[0]!].join(' → ')}`,
    remedy: 'take one of these dependencies out',
  });
}
