import { setCurrentDetails } from '@temporalio/workflow';
import { escapeControls } from '../domain/failure.ts';
import { showResource } from '../domain/identity.ts';
import type { JsonValue } from '../domain/json.ts';
import { toProgress, type RunView } from './run-view.ts';

/**
 * Shows the run as markdown in the Temporal UI (User Metadata), so that a person can follow and approve it there alone.
 * Everything an approver relies on is rendered from the sealed plan; the planner's words stand apart, marked as such.
 */
export function showDetails(view: RunView): void {
  setCurrentDetails(renderDetails(view));
}

export function renderDetails(view: RunView): string {
  const { sealed } = view;
  const lines = [`## ${showResource(view.resource)} · tenant ${view.resource.tenant}`, '', `**${headline(view)}**`, ''];
  if (view.waitingFor === 'approval' && sealed !== undefined)
    lines.push(...renderRequest(sealed.seal, sealed.content.expiresAt));
  if (view.waitingFor === 'resolution') lines.push(...renderOpenEffects(view));
  if (sealed !== undefined && sealed.plan.steps.length > 0) {
    const progress = toProgress(view);
    lines.push(
      `### Plan · ${sealed.change} · risk ${sealed.plan.riskLevel} · pass ${view.pass}`,
      '',
      '| step | tool | parameters | risk | waits | state |',
      '| --- | --- | --- | --- | --- | --- |',
      ...sealed.plan.steps.map((step, index) =>
        toRow([
          step.id,
          step.toolName,
          showParameters(step.parameters),
          step.riskLevel,
          step.gate ?? '',
          progress.steps[index]!.outcome,
        ]),
      ),
      '',
      `Planner's reasoning (not sealed): ${toCell(sealed.plan.reasoning)}`,
      '',
      `Seal \`${sealed.seal}\``,
    );
  }
  if (view.failures.length > 0)
    lines.push('', '### Failed before', '', ...view.failures.map((failure) => `- ${toCell(failure)}`));
  return lines.join('\n');
}

function headline(view: RunView): string {
  if (view.outcome !== undefined) return toCell(view.outcome);
  if (view.waitingFor === 'approval') return "Waits for a person's approval";
  if (view.waitingFor === 'resolution') return 'Nobody can prove what became of an effect: a person must say';
  return `${view.phase.charAt(0).toUpperCase()}${view.phase.slice(1)}${view.running === undefined ? '' : ` ${view.running}`}`;
}

function renderRequest(seal: string, expiresAt: number): string[] {
  const json = (extra: string) => `{"seal":"${seal}","approver":"<your name>"${extra}}`;
  return [
    `Until ${new Date(expiresAt).toISOString()}. Send signal \`approve\` or \`reject\` (More Actions → Send a Signal) with this input:`,
    '',
    '```json',
    json(''),
    '```',
    '',
    'To reject, signal `reject`, with a reason:',
    '',
    '```json',
    json(',"reason":"<why>"'),
    '```',
    '',
  ];
}

function renderOpenEffects(view: RunView): string[] {
  return [
    'Send signal `resolve` with `adopt` (it happened), `redo` (do it again) or `give_up`:',
    '',
    ...view.open.flatMap(({ seal, step, toolName }) => [
      `\`${toolName}\`:`,
      '```json',
      `{"seal":"${seal}","step":"${step}","choice":"adopt","approver":"<your name>"}`,
      '```',
    ]),
    '',
  ];
}

function toRow(cells: readonly string[]): string {
  return `| ${cells.map(toCell).join(' | ')} |`;
}

/** Text from outside as one table cell: nothing in it can end the cell, start markup or a link. */
function toCell(text: string): string {
  return escapeControls(text.slice(0, 400)).replaceAll(/[\\|`*_<>[\]#]/g, (character) => `\\${character}`);
}

function showParameters(parameters: JsonValue): string {
  return JSON.stringify(parameters);
}
