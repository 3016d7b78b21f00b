import type { Store } from '../state/store.ts';
import { askOn } from './ask-on.ts';

/**
 * Asks etcd every other second for one key, for the readiness of a runtime that does not watch: at rest nothing else of it
 * would notice that etcd is away. What comes of it an observed store remembers. Returns how to end it.
 */
export function startStoreCheck(store: Pick<Store, 'get'>, key: string): () => Promise<void> {
  return askOn(() => store.get(key).catch(() => undefined));
}
