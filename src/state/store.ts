/** One stored value with its revisions. Values are JSON text. */
export interface StoreEntry {
  readonly key: string;
  readonly value: string;
  /** The stored bytes are not UTF-8, so the value is not what stands there. */
  readonly notText?: true;
  readonly createRevision: number;
  readonly modRevision: number;
}

/** Guards a commit. */
export type Compare =
  /** The key's mod revision must be this; 0 = the key must be absent. */
  | { readonly key: string; readonly modRevision: number }
  /** Nothing must stand below this prefix, which ends in `/`. */
  | { readonly emptyBelow: string };

export type Write =
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  | { readonly type: 'delete'; readonly key: string };

/** The most compares, or writes, that one transaction takes: etcd's own limit. */
export const maximumOperations = 128;

/**
 * The store under everything: etcd in the runtime, memory in unit tests. All reads are linearizable. Every call has a
 * deadline. `STORE_UNAVAILABLE` and `STORE_FULL` from a commit mean that it may have happened; any other error, that it
 * did not. Nothing is retried here: a commit sent twice would answer "conflict" for its own success. Use `transact`.
 */
export interface Store {
  get(key: string): Promise<{ readonly revision: number; readonly entry?: StoreEntry }>;
  /** All keys at one revision, in one transaction. */
  getMany(
    keys: readonly string[],
  ): Promise<{ readonly revision: number; readonly entries: ReadonlyMap<string, StoreEntry> }>;
  /** Everything below a prefix at one revision, in the order of the keys. */
  list(prefix: string, options?: ListOptions): Promise<StoreList>;
  /** The same page by page, each as things are when it is asked for: for what is too much to hold at once. */
  walk(prefix: string): AsyncIterable<readonly StoreEntry[]>;
  /** One transaction: all writes, or none if a compare fails. The revision is the one the writes got. */
  commit(
    compares: readonly Compare[],
    writes: readonly Write[],
  ): Promise<{ readonly committed: boolean; readonly revision: number }>;
  /**
   * Puts a key that goes by itself: at the latest an hour after so many seconds, unless it is put again. For values that
   * are the same each time, since it may be sent twice.
   */
  putFor(key: string, value: string, seconds: number): Promise<void>;
  /** Keeps a key for as long as this process lives, and some seconds longer. Throws when the first put fails. */
  keepAlive(key: string, value: string, ttlSeconds: number): Promise<{ close(): Promise<void> }>;
  close(): Promise<void>;
}

export interface ListOptions {
  /** As things were at this revision; default: now. */
  readonly atRevision?: number;
  /** Without the values: they are read as empty. */
  readonly keysOnly?: boolean;
}

export interface StoreList {
  readonly revision: number;
  readonly entries: readonly StoreEntry[];
}
