import type { ResourceKey } from '../domain/identity.ts';
import type { JsonValue } from '../domain/json.ts';
import type { LedgerEntry } from '../domain/ledger.ts';
import type { OpenEffect } from '../domain/run.ts';
import type { AuditScope } from './audit-scope.ts';

/** A ledger entry as it was read: what changes it is guarded by its revision. */
export interface StoredEntry {
  readonly entry: LedgerEntry;
  readonly modRevision: number;
}

/** The right to complete one intent, until somebody takes it over. */
export interface IntentHandle {
  readonly resource: ResourceKey;
  readonly seal: string;
  readonly step: string;
  readonly modRevision: number;
}

/** What an effect stands on; it is not begun when this has moved. */
export interface IntentGrounds {
  /** Desired's mod revision as the caller read it; 0 = nothing desired. */
  readonly desiredRevision: number;
  /** Actual's mod revision, 0 = none: for a caller who goes by what is remembered of the resource and has not read it. */
  readonly actualRevision?: number | undefined;
  /** Scopes of freezes that would forbid it. */
  readonly scopes: readonly string[];
}

export type OpenedIntent =
  /** It was done before; the entry is the receipt. */
  | { readonly type: 'done'; readonly entry: LedgerEntry }
  /** `entry` is the intent as it stands now. `tookOver`: an earlier attempt may have done it. Ask the target first. */
  | {
      readonly type: 'opened';
      readonly entry: LedgerEntry;
      readonly handle: IntentHandle;
      readonly tookOver: boolean;
    };

export type Settlement =
  { readonly state: 'done'; readonly result: JsonValue } | { readonly state: 'failed'; readonly error: string };

export type Resolution = NonNullable<LedgerEntry['resolution']>;

/**
 * The effect ledger: an intent before each effect, a receipt after it, so that a crash in between leaves something the
 * next attempt can read. Fencing is by revision: taking over an intent takes the right to complete it.
 */
export interface Ledger {
  /**
   * Called right before an effect. Writes the intent only while desired (and actual, if said) still stands at the
   * revision the caller goes by and none of the scopes is frozen, else `PLAN_STALE`. Throws `EFFECT_FENCED` when a later
   * attempt has begun, `EFFECT_REFUSED` when a person gave the effect up. The caller counts the attempts of its own
   * activity, and begins at generation 0; the intent that is written goes on from what is on record.
   */
  openIntent(entry: LedgerEntry, grounds: IntentGrounds): Promise<OpenedIntent>;
  /**
   * Called with what became of the effect: `done`, `failed` (it did not happen) or `unknown`. Throws `EFFECT_FENCED`
   * when another attempt took over. While the store is away or full it tries on, alone and never with the effect,
   * until the scope's signal aborts; saying the same again is no error.
   */
  complete(handle: IntentHandle, entry: LedgerEntry, scope: AuditScope): Promise<void>;
  list(resource: ResourceKey): Promise<readonly StoredEntry[]>;
  listOpen(resource: ResourceKey): Promise<readonly StoredEntry[]>;
  /** Closes an open entry by what its target said. Throws `EFFECT_FENCED` when it changed since it was read. */
  settle(stored: StoredEntry, settlement: Settlement, scope: AuditScope, at: string): Promise<void>;
  /** Marks intents as what nobody can prove; those that were closed meanwhile stay as they are. Which are open still. */
  markUnknown(resource: ResourceKey, open: readonly OpenEffect[], scope: AuditScope): Promise<readonly OpenEffect[]>;
  /**
   * Puts on record what a person said of an open entry. The same again is answered the same, anything else
   * `ALREADY_DECIDED`; `NOT_WAITING` when the entry was closed without a person, `NOT_FOUND` when there is none.
   */
  resolve(
    resource: ResourceKey,
    seal: string,
    step: string,
    resolution: Resolution,
    scope: AuditScope,
    at: string,
  ): Promise<void>;
  /**
   * Removes the entries of plans of all resources that ended longer ago than this; a plan with an open entry stays whole.
   * How many went. Stops early when the signal aborts.
   */
  removeOlderThan(ageMs: number, signal?: AbortSignal): Promise<number>;
}
