import type { Log } from '../domain/log.ts';

/** Keys in etcd that say nothing to us, whoever wrote them. The log hears of each once, until it is deleted. */
export interface MalformedKeys {
  readonly size: number;
  /** The message says what is wrong and what to write instead. */
  note(storeKey: string, deleted: boolean, message: string): void;
}

export function createMalformedKeys(log: Log): MalformedKeys {
  const known = new Set<string>();
  return {
    get size() {
      return known.size;
    },
    note(storeKey, deleted, message) {
      if (deleted) known.delete(storeKey);
      else if (!known.has(storeKey)) {
        known.add(storeKey);
        log.warn({ key: storeKey }, message);
      }
    },
  };
}
