import { setTimeout as sleep } from 'node:timers/promises';
import { escapeControls, HomeostatError } from '../domain/failure.ts';
import { showResource, type ResourceKey } from '../domain/identity.ts';
import type { Incident } from '../domain/incident.ts';
import { toldCommand } from '../domain/told-command.ts';
import type { IncidentReader } from '../starters/incident-reader.ts';
import { createPatience } from '../starters/patience.ts';
import type { Treatment, TreatmentReader } from '../starters/treatment-reader.ts';

/** What there was before a fault was reported: whatever is not that is news. */
export interface BeforeReport {
  readonly incident: Incident | undefined;
  readonly treatment: Treatment | undefined;
}

export interface TreatmentWait {
  readonly incidents: Pick<IncidentReader, 'find'>;
  readonly treatments: TreatmentReader;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  say(line: string): void;
}

export interface TreatmentEnd {
  readonly incident: Incident;
  /** Why nothing was done about what was reported, and until when; the incident is the one before it. */
  readonly leftAlone?: string;
}

const lookEveryMs = 250;

/** To be called before the report. */
export async function lookBeforeReport(
  { incidents, treatments }: Pick<TreatmentWait, 'incidents' | 'treatments'>,
  resource: ResourceKey,
  type: string,
): Promise<BeforeReport> {
  const [incident, treatment] = await Promise.all([incidents.find(resource, type), treatments.newest(resource, type)]);
  return { incident, treatment };
}

/**
 * Waits until the incident is closed that the report opened or that was open before it, or until the run that was to treat
 * it has left it alone; says each repair that was tried. Throws `WAIT_TIMED_OUT`, or when a server does not answer then its
 * fault; `NOT_CONVERGED` where it was left alone and there was no incident before it.
 */
export async function waitForTreatment(
  { incidents, treatments, timeoutMs, signal, say }: TreatmentWait,
  resource: ResourceKey,
  type: string,
  before: BeforeReport,
): Promise<TreatmentEnd> {
  const isNews = ({ openedAt, state }: Incident) =>
    openedAt !== before.incident?.openedAt || state !== before.incident.state;
  const path = showResource(resource);
  const deadline = performance.now() + timeoutMs;
  let said = before.incident?.state === 'open' ? before.incident.attempts.length : 0;
  let { incident } = before;
  // Whoever sees to it that a runtime is there looks at the same servers, and says when they are away.
  const patience = createPatience(() => undefined);
  const look = async () => {
    // Asked first: an incident that its run or one before it has opened is seen in any case.
    const treatment = incident?.state === 'open' ? undefined : await treatments.newest(resource, type);
    incident = await incidents.find(resource, type);
    return treatment;
  };
  for (;;) {
    const treatment = await patience.look(look);
    if (incident !== undefined && (incident.state === 'open' || isNews(incident))) {
      for (const { cause, steps, outcome } of incident.attempts.slice(said)) {
        say(`tried      ${escapeControls(`${cause}: ${steps.join(', ')}: ${outcome}`)}`);
      }
      said = Math.max(said, incident.attempts.length);
      if (incident.state !== 'open') return { incident };
    } else if (treatment?.result?.outcome === 'suppressed' && treatment.runId !== before.treatment?.runId) {
      const leftAlone = treatment.result.message;
      if (incident !== undefined) return { incident, leftAlone };
      throw new HomeostatError('NOT_CONVERGED', {
        path,
        problem: `${type} was ${leftAlone}`,
        remedy: `look with: ${toldCommand(`describe ${path}`, resource)}`,
      });
    }
    if (performance.now() >= deadline) {
      if (patience.fault !== undefined) throw patience.fault;
      throw new HomeostatError('WAIT_TIMED_OUT', {
        path,
        problem: `${type} is not over in time`,
        remedy: `look with: ${toldCommand(`incidents ${path}`, resource)}`,
      });
    }
    await sleep(lookEveryMs, undefined, { signal });
  }
}
