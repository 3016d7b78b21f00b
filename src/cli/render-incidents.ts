import { escapeControls } from '../domain/failure.ts';
import { showResource } from '../domain/identity.ts';
import { showGrounds, type Incident } from '../domain/incident.ts';
import { toldCommand } from '../domain/told-command.ts';
import { renderTable, toCell } from './table.ts';

/** One line an incident. */
export function renderIncidents(incidents: readonly Incident[], withTenant: boolean): string {
  return renderTable(
    [...(withTenant ? ['TENANT'] : []), 'RESOURCE', 'TYPE', 'STATE', 'SINCE', 'ATTEMPTS', 'NOTE', 'RUN'],
    incidents.map((incident) => [
      ...(withTenant ? [incident.resource.tenant] : []),
      showResource(incident.resource),
      incident.type,
      incident.state,
      incident.since,
      String(incident.attempts.length),
      toCell(noteOf(incident), 60),
      incident.runId,
    ]),
  );
}

/** All there is to tell of each. */
export function renderIncidentDetails(incidents: readonly Incident[]): string {
  return incidents.map((incident) => renderIncident(incident)).join('');
}

function renderIncident(incident: Incident): string {
  const { resource, type, severity, state, summary, since, closedAt, attempts, proof, reason, report } = incident;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Said', summary],
    ['Since', since],
    ['Closed', closedAt],
    ['Why', reason],
    ['Seen', proof],
    [
      'Report',
      report === undefined ? undefined : toldCommand(`incidents ${showResource(resource)} --report`, resource),
    ],
    ['Workflow', incident.workflowId],
  ];
  return [
    `  ${escapeControls(type)}, ${state} (${severity})\n`,
    ...facts.flatMap(([name, value]) =>
      value === undefined ? [] : [`    ${name.padEnd(10)}${toCell(escapeControls(value), 400)}\n`],
    ),
    ...attempts.map(
      ({ cause, steps, outcome, ...grounds }, index) =>
        `    ${`Try ${index + 1}`.padEnd(10)}${toCell(escapeControls(`${cause} (${showGrounds(grounds)}): ${steps.join(', ') || 'no step'}: ${outcome}`), 400)}\n`,
    ),
  ].join('');
}

/** Why it is as it is, in a few words. */
function noteOf({ state, reason, proof, summary }: Incident): string {
  switch (state) {
    case 'open':
      return summary;
    case 'resolved':
      return proof ?? '';
    case 'escalated':
      return reason ?? '';
  }
}
