import type { Cause } from '../domain/findings.ts';
import type { Evidence, HealInput, RepairPlanning } from '../domain/heal.ts';
import type { IncidentAttempt } from '../domain/incident.ts';
import { toReference, type RunContext } from './run-context.ts';

/** What a `heal` run knows of the incident it treats, and what it has tried. */
export interface Treatment {
  readonly run: RunContext;
  readonly input: HealInput;
  readonly attempts: IncidentAttempt[];
  /** Steps that were taken in vain, for those who plan the next ones. */
  readonly tried: string[];
  /** What models took for the cause in vain. */
  readonly ruledOut: Cause[];
  /** Whether its incident was opened, or there was a reason not to. */
  isOpened: boolean;
  evidence: Evidence | undefined;
  /** What was diagnosed and has not been tried to its end. */
  pending: RepairPlanning | undefined;
  /** What the check said when it passed before anything more was done. */
  gone: string | undefined;
  /** Desired's mod revision that was planned for last. */
  desiredRevision: number | undefined;
}

/** What the activities of a treatment are told it by: the run, the resource and the issue. */
export function toHealReference({ run, input }: Treatment) {
  return { ...toReference(run), issue: input.issue };
}
