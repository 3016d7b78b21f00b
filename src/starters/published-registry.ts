import type { Keys } from '../domain/keys.ts';
import type { PublishedAgent, PublishedKind } from '../domain/published.ts';
import type { Store } from '../state/store.ts';
import { parseOwn } from '../state/stored-json.ts';

/** What runtimes have published: the kinds there are, and the agents with their tools. Read anew at every call. */
export interface PublishedRegistry {
  /** One whose value somebody broke is there too, without a schema: its check refuses. */
  kinds(): Promise<ReadonlyMap<string, PublishedKind>>;
  agents(): Promise<readonly PublishedAgent[]>;
}

export function createPublishedRegistry(store: Pick<Store, 'list'>, keys: Keys): PublishedRegistry {
  return {
    async kinds() {
      const { entries } = await store.list(keys.kindsPrefix);
      return new Map(
        entries.map((entry) => {
          const kind = entry.key.slice(keys.kindsPrefix.length);
          return [kind, { immutable: [], ...parseOwn<PublishedKind>(entry), kind } as PublishedKind];
        }),
      );
    },
    async agents() {
      const { entries } = await store.list(keys.agentsPrefix);
      return entries.flatMap((entry) => parseOwn<PublishedAgent>(entry) ?? []);
    },
  };
}
