import type { ResourceKey } from './identity.ts';
import type { Severity } from './issue.ts';

/**
 * The value of `incidents/<tenant>/<Kind>/<name>/<type>`: the newest incident of one type on one resource, and when there
 * were others of late. Written by the activities of the `heal` run alone, each time with a record in the audit trail.
 */
export interface Incident {
  readonly format: 1;
  readonly resource: ResourceKey;
  readonly type: string;
  readonly severity: Severity;
  readonly summary: string;
  /** `open`; `resolved`: proven by its own check; `escalated`: given to people, with a report. */
  readonly state: 'open' | 'resolved' | 'escalated';
  /** Id of the run that deals or dealt with it. */
  readonly workflowId: string;
  readonly runId: string;
  /** When the fault began, by whoever reported it. ISO 8601, as all times here. */
  readonly since: string;
  readonly openedAt: string;
  readonly closedAt?: string;
  /** Repairs that were tried, oldest first. */
  readonly attempts: readonly IncidentAttempt[];
  /** What was seen in the end: the check's words. */
  readonly proof?: string;
  /** Why people were asked; only when escalated. */
  readonly reason?: string;
  /** Until when nothing more is tried on this desired revision, however often it is reported. ISO 8601. */
  readonly leftAloneUntil?: string;
  /** Digest among the blobs of the markdown report that goes with an escalation. */
  readonly report?: string;
  /** When earlier incidents of this type were opened, newest last, at most twenty: the memory of the flap guard. */
  readonly earlier: readonly string[];
  /** Desired's mod revision it was opened for; of a closed one, that was planned for last. */
  readonly desiredRevision: number;
}

/** After an incident the same fault is left alone for this long, milliseconds: what was repaired gets time to settle. */
export const coolDownMs = 60_000;

/**
 * Why a fault that is reported at `now` (milliseconds since 1970) is left alone, and until when; undefined: it is treated.
 * `current` is the newest incident of its type.
 */
export function whySuppressed(current: Incident | undefined, desiredRevision: number, now: number): string | undefined {
  if (current === undefined || current.state === 'open') return undefined;
  const isSameDesired = current.desiredRevision === desiredRevision;
  if (current.type === 'resource_error' && isSameDesired) {
    return `was ${current.state} for this desired revision already; until another is desired`;
  }
  const until = current.leftAloneUntil;
  if (until !== undefined && isSameDesired && now < Date.parse(until)) return `was given to people; until ${until}`;
  const closedAt = Date.parse(current.closedAt ?? current.openedAt);
  if (now - closedAt >= coolDownMs) return undefined;
  const seconds = Math.round((now - closedAt) / 1_000);
  return `was ${current.state} ${seconds} s ago; until ${new Date(closedAt + coolDownMs).toISOString()}`;
}

/** Who took what for the cause, and what it rests on, in a few words. */
export function showGrounds({ by, model, cites, runbooks = [] }: Grounds): string {
  return [
    `by ${model ?? by ?? 'rules'}`,
    ...(cites.length === 0 ? [] : [`from ${cites.join(', ')}`]),
    ...runbooks.map((name) => `runbook: ${name}`),
  ].join('; ');
}

export type Grounds = Pick<IncidentAttempt, 'by' | 'model' | 'cites' | 'runbooks'>;

export interface IncidentAttempt {
  /** What was taken for the cause. */
  readonly cause: string;
  /** Ids of the evidence it rests on. */
  readonly cites: readonly string[];
  /** Who took it for the cause: rules where it is not said. */
  readonly by?: 'rules' | 'model';
  /** Provider and model that read the evidence. */
  readonly model?: string;
  /** Names of the operator's runbooks that the plan was made with. */
  readonly runbooks?: readonly string[];
  /** Tools with their outcome, in order. */
  readonly steps: readonly string[];
  readonly outcome: string;
}
