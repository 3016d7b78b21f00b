import type { EtcdConnection } from './etcd-connection.ts';
import type { StoreEntry } from './store.ts';

/** One change below the prefix. */
export interface WatchEvent {
  readonly type: 'put' | 'delete';
  readonly key: string;
  /** Absent on a delete. */
  readonly value?: string;
  /** A delete's own revision; for one found out by listing again, the list's. */
  readonly modRevision: number;
  /** 0 on a delete. */
  readonly createRevision: number;
}

export interface WatchState {
  /** Whether etcd answered within the last seconds. */
  readonly connected: boolean;
  /** How often events may have been missed, so that everything had to be listed again. */
  readonly resyncs: number;
  /** Revision of the last list or event that was handed on. */
  readonly lastRevision: number;
  /** When etcd last said something on this watch, milliseconds since 1970; before that, when it began. */
  readonly heardAt: number;
  /** Why it is not connected. */
  readonly cause?: string;
}

export interface PrefixWatchOptions {
  readonly connection: EtcdConnection;
  /** Ends in `/`. */
  readonly prefix: string;
  /** Lists bring keys alone, their values empty: for who asks only what there is. */
  readonly withoutValues?: boolean;
  /**
   * Everything there is, at one revision, or that it is all as it was handed on. Called first, and again after each new list;
   * deletes come before it as events.
   */
  readonly onList: (entries: readonly StoreEntry[] | 'unchanged', revision: number) => void;
  /** In the order of revisions, each once, never older than the list before it. */
  readonly onEvent: (event: WatchEvent) => void;
  readonly onState?: (state: WatchState) => void;
  /** Told what `onList`, `onEvent` or `onState` threw; the watch goes on. */
  readonly onFault?: (error: unknown) => void;
  /** How often everything is listed again although nothing is known to be amiss. */
  readonly relistMs?: number;
}

/** A lasting watch on a prefix: it survives whatever happens to etcd, and never loses a change in silence. */
export interface PrefixWatch {
  /** Resolves after the first list was handed on, however long that takes; rejects when closed before. */
  start(): Promise<void>;
  close(): Promise<void>;
  state(): WatchState;
}
