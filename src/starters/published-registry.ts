import { closestOf } from '../domain/closest.ts';
import { HomeostatError } from '../domain/failure.ts';
import type { Keys } from '../domain/keys.ts';
import type { PublishedAgent, PublishedKind } from '../domain/published.ts';
import type { Store } from '../state/store.ts';

/** What runtimes have published: the kinds there are, and the agents with their tools. Read anew at every call. */
export interface PublishedRegistry {
  kinds(): Promise<ReadonlyMap<string, PublishedKind>>;
  agents(): Promise<readonly PublishedAgent[]>;
}

export function createPublishedRegistry(store: Pick<Store, 'list'>, keys: Keys): PublishedRegistry {
  const read = async <Value>(prefix: string): Promise<readonly Value[]> => {
    const { entries } = await store.list(prefix);
    return entries.map(({ value }) => JSON.parse(value) as Value);
  };
  return {
    async kinds() {
      const kinds = await read<PublishedKind>(keys.kindsPrefix);
      return new Map(kinds.map((kind) => [kind.kind, kind]));
    },
    agents: () => read<PublishedAgent>(keys.agentsPrefix),
  };
}

/** `UNKNOWN_KIND` with what there is. */
export function toUnknownKind(kind: unknown, known: readonly string[], path = 'kind'): HomeostatError {
  const meant = typeof kind === 'string' ? closestOf(kind, known) : undefined;
  const there =
    known.length === 0
      ? 'no runtime has published any kind yet, start one: homeostat up'
      : `there is ${known.join(', ')}`;
  return new HomeostatError('UNKNOWN_KIND', {
    path,
    problem: kind === undefined ? 'is missing' : 'no such kind',
    ...(kind === undefined ? {} : { got: kind }),
    remedy: meant === undefined ? there : `did you mean ${meant}? (${there})`,
  });
}
