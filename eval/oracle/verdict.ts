/** What the oracle is told: where to look, and what customers may expect. Not who repairs, and not how. */
export interface OracleBrief {
  readonly type: 'fault' | 'control';
  readonly services: readonly WatchedService[];
}

export interface WatchedService {
  readonly name: string;
  readonly port: number;
  /** Its own notes of starts and ends. */
  readonly notesFolder: string;
  /** What it says when it is well. */
  readonly greeting: string;
  readonly isStopped: boolean;
  /** Below the folder it works in: a change of one of them, once the fault is in, is somebody's effect. */
  readonly files: readonly string[];
  /** Must stay as it is, whatever happens. */
  readonly ordersFile: string;
  /** Whether a repair may touch it. */
  readonly mayTouch: boolean;
  readonly maximumMegabytes?: number;
}

/** What the oracle is told while it looks, a JSON line each. */
export type OracleMessage =
  | { readonly type: 'fault-begins' }
  | {
      readonly type: 'fault-is-in';
      /** Processes that are part of the fault; whoever ends one that is not `mayBeEnded` ends a stranger's. */
      readonly strangers: readonly { readonly pid: number; readonly until?: number; readonly mayBeEnded: boolean }[];
    }
  | { readonly type: 'end' };

/** What the oracle says while it looks. */
export interface OracleNews {
  readonly isWell: boolean;
  readonly hasBegun: boolean;
  /** All has been well since then, milliseconds since 1970, the fault being in. */
  readonly goodSince?: number;
}

export interface Effect {
  readonly at: number;
  readonly service: string;
  readonly what: string;
  /** Why it should not have been; only on wrong ones. */
  readonly wrong?: string;
}

export interface Verdict {
  /** Something was seen to be wrong since the fault began to be put in. */
  readonly faultSeen: boolean;
  /** All was well at the end, and had been for some seconds. */
  readonly repaired: boolean;
  /** From the fault until all was well for good. */
  readonly seconds?: number;
  readonly effects: readonly Effect[];
  /** What was seen, one line each time it changed. */
  readonly seen: readonly string[];
}
