import { stringify } from 'yaml';
import { escapeControls } from '../domain/failure.ts';
import { showResource } from '../domain/identity.ts';
import { isJsonObject } from '../domain/json.ts';
import type { LedgerEntry } from '../domain/ledger.ts';
import type { Refusal } from '../domain/refusal.ts';
import { shortSeal } from '../domain/sealed-plan.ts';
import { toldCommand } from '../domain/told-command.ts';
import { setAnnotation } from '../starters/resource-set.ts';
import type { Description } from './describe.ts';
import { renderAudit } from './render-audit.ts';
import { renderIncidentDetails } from './render-incidents.ts';
import { renderRequest } from './render-plan.ts';
import { renderTable } from './table.ts';

/** A description for people. */
export function renderDescription(description: Description, now: number): string {
  const { kind, metadata, spec, status, pendingApproval, pauses, openEffects, incidents, audit } = description;
  const { workflowId, runUrl } = description;
  const { conditions = [], observed } = status;
  const facts: readonly (readonly [string, unknown])[] = [
    ['Tenant', metadata.tenant],
    ['State', status.state],
    [
      'Version',
      metadata.version === undefined ? 'no longer wanted' : showVersion(metadata.version, status.settledRevision),
    ],
    ['Drifted', status.drifted === true ? 'yes' : undefined],
    ['Set', isJsonObject(metadata.annotations) ? metadata.annotations[setAnnotation] : undefined],
    ['Depends on', joined(metadata.dependsOn)],
    ['Paused', joined(pauses.map(({ scope, by, reason }) => `${scope} by ${by} (${reason})`))],
    ['Waits for', joined(status.waitingFor)],
    ['Tries again', status.retryAt],
    ['Refused', showRefusal(status.refused)],
    ['Refused', showRefusal(status.refusedRepair, 'a repair: ')],
    ['Host', status.owner],
    ['Workflow', workflowId],
    ['Runs', runUrl],
  ];
  return [
    `${kind}/${metadata.name}\n`,
    ...facts.flatMap(([name, value]) =>
      value === undefined
        ? []
        : [`  ${name.padEnd(12)}${escapeControls(typeof value === 'string' ? value : JSON.stringify(value))}\n`],
    ),
    section('Wanted', metadata.version === undefined ? '' : toYaml(spec)),
    section('Actual', observed === undefined ? '' : toYaml(observed)),
    section('Conditions', conditions.length === 0 ? '' : indent(renderConditions(conditions))),
    section('Waits for a decision', pendingApproval === undefined ? '' : indent(renderRequest(pendingApproval, now))),
    section('Open effects', openEffects.map(renderOpenEffect).join('')),
    section('Incidents', renderIncidentDetails(incidents)),
    section('Last on record', audit.length === 0 ? '' : indent(renderAudit(audit))),
  ].join('');
}

function renderOpenEffect({ resource, step, toolName, seal, state }: LedgerEntry): string {
  const short = shortSeal(seal);
  if (state !== 'unknown') return `  ${step} ${toolName}, under way (seal ${short})\n`;
  const words = `resolve ${showResource(resource)} --step ${step} --seal ${short} --choice <adopt, redo or give_up>`;
  return [
    `  ${step} ${toolName}, outcome unknown (seal ${short})\n`,
    `    look what became of it, then: ${toldCommand(words, resource)}\n`,
  ].join('');
}

function section(title: string, text: string): string {
  return text === '' ? '' : `\n${title}\n${text}`;
}

function renderConditions(
  conditions: readonly { type: string; status: string; reason: string; message: string }[],
): string {
  return renderTable(
    ['TYPE', 'STATUS', 'REASON', 'MESSAGE'],
    conditions.map(({ type, status, reason, message }) => [type, status, reason, message]),
  );
}

function showVersion(version: unknown, settledRevision: number | undefined): string {
  return `${String(version)}${settledRevision === version ? ', dealt with' : ', not dealt with yet'}`;
}

function joined(names: unknown): string | undefined {
  return Array.isArray(names) && names.length > 0 ? names.join(', ') : undefined;
}

function toYaml(value: unknown): string {
  // The library escapes what a terminal would obey inside double quotes; block text it leaves as it is.
  return indent(stringify(value, { lineWidth: 0 }).split('\n').map(escapeControls).join('\n'));
}

function showRefusal(refusal: Refusal | undefined, of = ''): string | undefined {
  return refusal === undefined ? undefined : `${of}${refusal.reason} (${refusal.approver})`;
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
