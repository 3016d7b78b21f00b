import { describe, expect, test } from 'vitest';
import { toResourcePath, type ResourceKey } from '../../../src/domain/identity.ts';
import { maximumChain, orderByDependencies, type DependencyNode } from '../../../src/domain/dependency-order.ts';

const keyOf = (name: string): ResourceKey => ({ tenant: 't', kind: 'Thing', name });
function nodesOf(dependencies: Readonly<Record<string, readonly string[]>>): Map<string, DependencyNode> {
  return new Map(
    Object.entries(dependencies).map(([name, dependsOn]) => [
      toResourcePath(keyOf(name)),
      { key: keyOf(name), dependsOn: dependsOn.map(keyOf) },
    ]),
  );
}
const chainOf = (length: number) =>
  nodesOf(
    Object.fromEntries(
      Array.from({ length }, (_, index) => [`n${index}`, index + 1 < length ? [`n${index + 1}`] : []]),
    ),
  );

describe('the order of dependencies', () => {
  test('puts what is needed before what needs it', () => {
    const order = orderByDependencies(nodesOf({ web: ['api', 'cdn'], api: ['db'], cdn: [], db: [] }));
    expect(order).toEqual(['t/Thing/db', 't/Thing/api', 't/Thing/cdn', 't/Thing/web']);
  });

  test('passes over what is not among the nodes', () => {
    expect(orderByDependencies(nodesOf({ web: ['elsewhere'] }))).toEqual(['t/Thing/web']);
  });

  test('a cycle is shown as it goes', () => {
    expect(() => orderByDependencies(nodesOf({ x: ['a'], a: ['b'], b: ['c'], c: ['a'] }))).toThrow(
      'INVALID_VALUE metadata.dependsOn: depends on itself: Thing/a → Thing/b → Thing/c → Thing/a',
    );
  });

  test('of a long cycle its beginning is shown', () => {
    const ring = Object.fromEntries(Array.from({ length: 90 }, (_, index) => [`n${index}`, [`n${(index + 1) % 90}`]]));
    expect(() => orderByDependencies(nodesOf(ring))).toThrow(/Thing\/n19 → … → Thing\/n0 /);
  });

  test('a resource that needs itself is a cycle', () => {
    expect(() => orderByDependencies(nodesOf({ a: ['a'] }))).toThrow('Thing/a → Thing/a');
  });

  test('a chain as long as is allowed has an order, one link more is TOO_MANY_ITEMS', () => {
    expect(orderByDependencies(chainOf(maximumChain))).toHaveLength(maximumChain);
    expect(() => orderByDependencies(chainOf(maximumChain + 1))).toThrow('TOO_MANY_ITEMS');
  });

  test('a chain of 10,000 is refused and overflows nothing', () => {
    expect(() => orderByDependencies(chainOf(10_000))).toThrow('TOO_MANY_ITEMS');
  });
});
