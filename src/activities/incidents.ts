import type { AuditEvent } from '../domain/audit.ts';
import { cutToLength } from '../domain/cut-to-length.ts';
import type { CloseIncidentInput, HealReference, OpenedIncident } from '../domain/heal.ts';
import { showResource } from '../domain/identity.ts';
import { whySuppressed, type Incident } from '../domain/incident.ts';
import { findRunbooks } from '../domain/runbook.ts';
import type { ActivityScope } from './activity-scope.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { noLongerWanted } from './hold-back.ts';
import { renderReport } from './incident-report.ts';

/** So many incidents of one type within the window, and no more repairs: people are asked. */
const flapping = { incidents: 3, windowMs: 60 * 60_000 };
const rememberedIncidents = 20;

/**
 * Opens the incident of a fault, or says why nothing is done about it. The memory is in etcd: a run that is tried again,
 * and the next run, find what was there before.
 */
export async function openIncident(
  { state, log }: ActivityDependencies,
  scope: ActivityScope,
  { resource, issue, now }: HealReference,
): Promise<OpenedIncident> {
  const { desired } = await state.resources.read(resource);
  const desiredRevision = desired?.modRevision ?? 0;
  const opened = await state.incidents.change<OpenedIncident>(resource, issue.type, (current) => {
    // A retried attempt: it is open by this very run, and what was said about it holds.
    if (current?.runId === scope.runId) return { result: judge(current.earlier.slice(0, -1), now) };
    if (desired === undefined) {
      return { result: { type: 'suppressed', message: noLongerWanted } };
    }
    const suppressed = whySuppressed(current, desiredRevision, now);
    if (suppressed !== undefined) return { result: { type: 'suppressed', message: suppressed } };
    const at = new Date(now).toISOString();
    const earlier = (current?.earlier ?? []).slice(1 - rememberedIncidents);
    // A signal may come by anybody's hand, and what counts as a date may hold any text in brackets.
    const since = new Date(Date.parse(issue.since)).toISOString();
    const next: Incident = {
      format: 1,
      resource,
      type: issue.type,
      severity: issue.severity,
      summary: issue.summary,
      state: 'open',
      workflowId: scope.workflowId,
      runId: scope.runId,
      since,
      openedAt: at,
      attempts: [],
      earlier: [...earlier, at],
      desiredRevision,
    };
    return {
      result: judge(earlier, now),
      next,
      audit: toEvent('incident-opened', scope, { type: issue.type, severity: issue.severity, since }),
    };
  });
  log.warn({ type: issue.type, severity: issue.severity, opened: opened.type }, 'an issue was reported');
  return opened;
}

/** Whether one more incident after these is repaired. */
function judge(earlier: readonly string[], now: number): OpenedIncident {
  const recent = earlier.filter((time) => now - Date.parse(time) < flapping.windowMs).length;
  if (recent < flapping.incidents) return { type: 'open' };
  return { type: 'flapping', message: `${recent + 1} times within an hour: repairing it again would hide the cause` };
}

/**
 * Puts the end of an incident on record, with a report for people where they are asked. A run whose incident another one
 * has opened again meanwhile, or which opened none, has nothing to end.
 */
export async function closeIncident(
  { state, log, tell, runbooks }: ActivityDependencies,
  scope: ActivityScope,
  input: CloseIncidentInput,
): Promise<void> {
  const { resource, issue, outcome, attempts, proof, reason, evidence, leaveAloneMs, refusal, now } = input;
  const current = await state.incidents.get(resource, issue.type);
  if (current?.runId !== scope.runId) return;
  const closed: Incident = {
    ...current,
    state: outcome,
    closedAt: new Date(now).toISOString(),
    attempts,
    ...(proof === undefined ? {} : { proof }),
    ...(reason === undefined ? {} : { reason }),
    desiredRevision: input.desiredRevision ?? current.desiredRevision,
    ...(leaveAloneMs === undefined ? {} : { leftAloneUntil: new Date(now + leaveAloneMs).toISOString() }),
  };
  const items = evidence === undefined ? undefined : await state.blobs.get(resource.tenant, evidence);
  const named = findRunbooks(runbooks, issue.type, resource.kind);
  const text = outcome === 'resolved' ? undefined : renderReport(closed, issue, items, named);
  const report = text === undefined ? undefined : await state.blobs.put(resource.tenant, text);
  const next: Incident = { ...closed, ...(report === undefined ? {} : { report }) };
  // First, so that no run that follows repairs what people are about to be asked to look at.
  if (leaveAloneMs !== undefined || refusal !== undefined) {
    const told = `${issue.type} was given to people: ${cutToLength(reason ?? '', 500)}`;
    const { desiredRevision, leftAloneUntil: until } = closed;
    await state.changeActual(resource, (record) =>
      record === undefined
        ? 'unchanged'
        : {
            ...record,
            status: {
              ...record.status,
              ...(until === undefined ? {} : { leftAlone: { desiredRevision, until, reason: told } }),
              ...(refusal === undefined ? {} : { refusedRepair: refusal }),
            },
          },
    );
  }
  await state.incidents.change(resource, issue.type, (newest) =>
    newest?.runId !== scope.runId || newest.state !== 'open'
      ? { result: undefined }
      : {
          result: undefined,
          next,
          audit: toEvent('incident-closed', scope, {
            type: issue.type,
            outcome,
            attempts: attempts.map((attempt) => ({ ...attempt })),
            ...(proof === undefined ? {} : { proof }),
            ...(reason === undefined ? {} : { reason }),
          }),
        },
  );
  log.warn({ type: issue.type, outcome, reason: reason ?? proof }, 'incident closed');
  // Nobody is called to what is on its way out: its own run asks, where it must.
  if (outcome === 'escalated' && (await state.resources.read(resource)).desired === undefined) return;
  const what = `${issue.type} on ${showResource(resource)}`;
  // After it is on record: a run that dies in between tells it once more rather than never.
  await tell(
    {
      event: outcome === 'resolved' ? 'incident-resolved' : 'incident-escalated',
      title: outcome === 'resolved' ? `${what} is over` : `${what} needs a person`,
      text: text ?? proof ?? '',
      severity: issue.severity,
      resource,
    },
    scope,
  );
}

function toEvent(
  type: AuditEvent['type'],
  { workflowId, runId }: ActivityScope,
  detail: AuditEvent['detail'],
): AuditEvent {
  return { type, workflowId, runId, detail };
}
