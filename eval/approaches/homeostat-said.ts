import type { AuditRecord } from '../../src/domain/audit.ts';
import type { Incident } from '../../src/domain/incident.ts';
import type { Finding, Said } from './approach.ts';

/** What is read of one service. */
export interface Description {
  readonly service: string;
  readonly incidents: readonly Incident[];
  /** The whole trail, oldest first: model calls are summed from it. */
  readonly audit: readonly AuditRecord[];
}

/**
 * What Homeostat tells of some services since then. A fault counts as noticed when something was tried or people were
 * asked; an alert that was looked into and found wrong is none. A fault that was put right without an incident, because
 * a watch saw the drift, is told by the record of its run.
 */
export function toSaid(descriptions: readonly Description[], since: number): Said {
  const isNew = (at: string) => Date.parse(at) >= since;
  const recent = descriptions.map(({ service, incidents, audit }) => ({
    service,
    incidents: incidents.filter(({ openedAt }) => isNew(openedAt)),
    audit: audit.filter(({ at }) => isNew(at)),
  }));
  const asked = recent.flatMap(({ audit }) => audit.filter(({ type }) => type === 'model-asked'));
  const sumOf = (...fields: readonly string[]) =>
    asked.flatMap(({ detail }) => fields.map((field) => Number(detail[field] ?? 0))).reduce((sum, one) => sum + one, 0);
  return {
    findings: recent.flatMap(toFinding),
    provesRepairs: true,
    saysWell: recent
      .filter(({ incidents }) => incidents.length > 0 && incidents.every(({ state }) => state === 'resolved'))
      .map(({ service }) => service),
    modelCalls: sumOf('calls'),
    tokens: sumOf('inputTokens', 'outputTokens'),
    transcript: descriptions,
  };
}

function toFinding({ service, incidents, audit }: Description): Finding[] {
  const noticed = incidents.filter(({ state, attempts }) => state !== 'resolved' || attempts.length > 0);
  const runs = audit.filter(({ type, detail }) => type === 'run-recorded' && !isIdle(detail));
  if (noticed.length === 0 && runs.length === 0) return [];
  const says = [
    ...noticed.flatMap(({ reason = '', attempts }) => [
      reason,
      ...attempts.flatMap(({ cause, outcome, steps }) => [cause, outcome, ...steps]),
    ]),
    ...runs.map(({ detail }) => JSON.stringify(detail)),
  ];
  // Of several runs the last one holds.
  const isSettled = runs.length === 0 || runs.at(-1)?.detail.outcome === 'converged';
  const proven = isSettled && noticed.every(({ state }) => state === 'resolved');
  return [{ service, says: says.map(withoutTrivial).filter((text) => text !== ''), proven }];
}

/** A run that looked, and found nothing to do. */
function isIdle({ outcome, steps }: AuditRecord['detail']): boolean {
  return outcome === 'converged' && Array.isArray(steps) && steps.length === 0;
}

/** Every start ends in a wait for the health check: a word for it locates nothing. */
function withoutTrivial(text: string): string {
  return text.replaceAll(/\bwait_for_ready\b/g, '');
}
