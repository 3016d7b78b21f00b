import { parseDependency, type ResourceKey } from './identity.ts';
import type { JsonObject } from './json.ts';
import type { Mode } from './mode.ts';
import type { Refusals } from './refusal.ts';

/** Where a resource is in its life. Kind-agnostic: what a kind calls its own states is in `observed`. */
export const LifecycleState = {
  Pending: 'Pending',
  Creating: 'Creating',
  Running: 'Running',
  Updating: 'Updating',
  Deleting: 'Deleting',
  Deleted: 'Deleted',
  Error: 'Error',
} as const;
export type LifecycleState = (typeof LifecycleState)[keyof typeof LifecycleState];

/** Why things are as they are. Messages hold no times and sorted lists, so that they do not flap. */
export interface Condition {
  /** `Ready`, `Blocked`, `AwaitingApproval`, `Invalid`, or one of the kind's own such as `LimitsNotEnforced`. */
  readonly type: string;
  readonly status: 'True' | 'False';
  /** One word in CamelCase, or a failure code. */
  readonly reason: string;
  readonly message: string;
}

/** The condition of that type, where it is True. */
export function findTrueCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((one) => one.type === type && one.status === 'True');
}

/** A fault was given to people: until then nothing is tried on what is desired now, unless a person says `retry`. */
export interface LeftAlone {
  readonly desiredRevision: number;
  /** ISO 8601. */
  readonly until: string;
  readonly reason: string;
}

/** `settledRevision` while nothing is dealt with: it is new, or a run is at it. */
export const unsettled = -1;

export interface ActualStatus extends Refusals {
  readonly state: LifecycleState;
  /** Desired's mod revision that the last run dealt with, well or badly; 0 = dealt with its absence; or `unsettled`. */
  readonly settledRevision: number;
  readonly drifted: boolean;
  /** ISO 8601; the watcher hints again once it has passed. */
  readonly retryAt?: string;
  /** Runs in a row that ended blocked; the back-off doubles with it. */
  readonly failures: number;
  readonly conditions: readonly Condition[];
  /** Resources whose becoming Running (or going away, for a delete) is waited for: `Kind/name`, sorted. */
  readonly waitingFor?: readonly string[];
  /** Scopes of the freezes it was found under: looked at again once none of them stands any more. */
  readonly frozenBy?: readonly string[];
  /** How often it drifted of late, and when last (ISO 8601): what breaks again and again is repaired ever more slowly. */
  readonly drifts?: { readonly count: number; readonly last: string };
  readonly leftAlone?: LeftAlone;
  /** The kind's own status, normalised; absent while nothing was observed. */
  readonly observed?: JsonObject;
  /** Host that owns the real thing, where only one can reach it. */
  readonly owner?: string;
}

/** The value of `actual/<tenant>/<Kind>/<name>`: last observed state with the last applied spec and labels. */
export interface ActualRecord {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly tenant: string };
  /** Create revision of the desired key it was made from. */
  readonly id: string;
  /** What was last brought about; absent until a run has converged once or begun its effects. */
  readonly lastApplied?: {
    readonly spec: JsonObject;
    readonly labels: Readonly<Record<string, string>>;
    readonly dependsOn: readonly string[];
    /** The mode it said; holds for its removal too, when nothing is desired that could say one. */
    readonly mode?: Mode;
  };
  readonly status: ActualStatus;
}

/**
 * What a resource really depends on, by what was last applied of it: what never came to be needs nothing. Somebody else may
 * have broken the record: what names no resource is nothing that can be waited for.
 */
export function appliedDependencies(
  key: ResourceKey,
  lastApplied: ActualRecord['lastApplied'],
): readonly ResourceKey[] {
  const entries: unknown = lastApplied?.dependsOn;
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry) => {
    try {
      return typeof entry === 'string' ? parseDependency(entry, key) : [];
    } catch {
      return [];
    }
  });
}
