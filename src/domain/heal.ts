import type { Refusal } from './refusal.ts';
import type { DiagnosisFields } from './diagnosis.ts';
import type { Cause } from './findings.ts';
import type { Incident, IncidentAttempt } from './incident.ts';
import type { Issue } from './issue.ts';
import type { ResourceKey } from './identity.ts';
import type { PlanningInput, PlanningResult, RunReference } from './run.ts';

/**
 * What crosses between the `heal` workflow and its activities. Evidence travels as a digest with a line an item: what a
 * log says belongs into no history.
 */

/** What a `heal` run is started with, by the `reconcile` run of its resource alone. */
export interface HealInput {
  readonly resource: ResourceKey;
  readonly searchAttributes: boolean;
  readonly issue: Issue;
  /** What the parent tried in vain, and the shapes of those plans: not tried again. */
  readonly failures: readonly string[];
  readonly triedShapes: readonly string[];
  /** Host that owned the real thing when the parent looked. */
  readonly owner?: string;
}

/** What a `heal` run returns. */
export interface HealResult {
  readonly outcome: Exclude<Incident['state'], 'open'> | 'suppressed';
  readonly message: string;
  /** People were asked about a repair, so the resource's record tells of that, and of nothing before. */
  readonly hasAsked?: boolean;
  /** It was given to people, and nothing is tried for a while. */
  readonly isLeftAlone?: boolean;
}

export interface HealReference extends RunReference {
  readonly issue: Issue;
}

export type OpenedIncident =
  | { readonly type: 'open' }
  /** It was dealt with moments ago, or for this very desired revision. */
  | { readonly type: 'suppressed'; readonly message: string }
  /** It comes back again and again: no more repairs, people are asked. */
  | { readonly type: 'flapping'; readonly message: string };

/** One thing that was looked at. */
export interface EvidenceItem {
  /** `e1`, `e2`, … */
  readonly id: string;
  /** What it is of: `status`, `changes`, `metrics`, `prometheus`, `log`, `alert`, or the kind's own word. */
  readonly source: string;
  /** Cut. Untrusted. */
  readonly text: string;
}

export interface Evidence {
  /** Digest of all items among the blobs. */
  readonly digest: string;
  /** The items, each cut to a line. */
  readonly lines: readonly EvidenceItem[];
}

export interface RepairInput extends PlanningInput {
  readonly issue: Issue;
  readonly evidence: string;
  /** Digests of what models said in this pass, to whatever they were asked. */
  readonly answers?: readonly string[];
  /** No model could make sense of the evidence: it is planned without a diagnosis. */
  readonly undiagnosed?: boolean;
  /** Steps of the repairs that were tried in this incident, with what became of them. */
  readonly tried?: readonly string[];
  /** Causes that models took in this incident, and whose repair did not help. */
  readonly ruledOut?: readonly Cause[];
}

/** What was taken for the cause, and the plan against it. */
export type RepairPlanning = PlanningResult & {
  readonly diagnosis: Diagnosis;
  /** The check passes by now: there is nothing to repair. */
  readonly isGone?: boolean;
};

export interface Diagnosis {
  readonly cause: string;
  /** Ids of evidence; what is not there is not cited. */
  readonly cites: readonly string[];
  readonly by: 'rules' | 'model';
  /** Provider and model that read the evidence. */
  readonly model?: string;
  /** What it found. */
  readonly fields?: DiagnosisFields;
  /** Names of the runbooks that the planner was given, or that the rules say they follow. */
  readonly runbooks?: readonly string[];
}

/** Whether the fault is gone, by its own check over a stable time. */
export interface Proof {
  readonly isGone: boolean;
  readonly detail: string;
  /** Something else is desired now than what was repaired for: it says nothing of the fault. */
  readonly isOutdated?: boolean;
  /** It is as desired, and nothing here can tell whether it has a fault of this type. */
  readonly isUnchecked?: boolean;
  /** The check could not look: neither the fault nor its end was seen. */
  readonly isBlind?: boolean;
}

export interface ProveInput extends HealReference {
  /** Desired's mod revision that was repaired for; any, where nothing was repaired yet. */
  readonly desiredRevision?: number;
  /** Milliseconds for which the check must pass without a break. */
  readonly stableMs: number;
  /** Milliseconds after which it counts as not gone. */
  readonly patienceMs: number;
}

export interface CloseIncidentInput extends HealReference {
  readonly outcome: Exclude<Incident['state'], 'open'>;
  readonly attempts: readonly IncidentAttempt[];
  readonly proof?: string;
  readonly reason?: string;
  readonly evidence?: string;
  /** Desired's mod revision that was planned for last; left out where nothing was planned. */
  readonly desiredRevision?: number;
  /** For how long nothing more is tried on what is desired now; milliseconds. Where people were asked to look. */
  readonly leaveAloneMs?: number;
  /** The repair that a person refused, or let expire. */
  readonly refusal?: Refusal;
}
