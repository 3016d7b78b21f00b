import { HomeostatError } from '../../../src/domain/failure.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import type { Store } from '../../../src/state/store.ts';

/** What becomes of one commit: its answer is lost, it never arrives, another writer comes first, the store is full. */
export type CommitFault =
  | 'lost-answer'
  | 'never-sent'
  | 'full'
  | 'full-but-taken'
  | { readonly before: () => Promise<unknown> }
  | { readonly afterLost: () => Promise<unknown> };

export interface FaultyStore extends Store {
  /** Faults of the next commits, in order. */
  readonly faults: CommitFault[];
  /** How many of the next reads fail. */
  failingReads: number;
  readonly commits: number;
}

/** A memory store that fails as told. Writes of the test itself go to `inner` and meet no fault. */
export function createFaultyStore(inner: Store = createMemoryStore()): FaultyStore {
  const full = () => new HomeostatError('STORE_FULL', { problem: 'told to be full' });
  const away = () => new HomeostatError('STORE_UNAVAILABLE', { problem: 'told to be away' });
  let commits = 0;
  const faulty: FaultyStore = {
    ...inner,
    faults: [],
    failingReads: 0,
    get commits() {
      return commits;
    },
    async getMany(keys) {
      if (faulty.failingReads > 0) {
        faulty.failingReads -= 1;
        throw away();
      }
      return inner.getMany(keys);
    },
    async commit(compares, writes) {
      commits += 1;
      const fault = faulty.faults.shift();
      if (fault === 'never-sent') throw away();
      if (fault === 'full') throw full();
      if (typeof fault === 'object' && 'before' in fault) await fault.before();
      const answer = await inner.commit(compares, writes);
      if (typeof fault === 'object' && 'afterLost' in fault) await fault.afterLost();
      if (fault === 'lost-answer' || (typeof fault === 'object' && 'afterLost' in fault)) throw away();
      if (fault === 'full-but-taken') throw full();
      return answer;
    },
  };
  return faulty;
}
