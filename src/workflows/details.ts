import { setCurrentDetails } from '@temporalio/workflow';
import { findings } from '../domain/findings.ts';
import { escapeControls } from '../domain/failure.ts';
import type { Diagnosis } from '../domain/heal.ts';
import { showResource } from '../domain/identity.ts';
import { showGrounds } from '../domain/incident.ts';
import { showModel } from '../domain/model-route.ts';
import type { SealedStep } from '../domain/plan.ts';
import { toProgress, type IncidentView, type RunView } from './run-view.ts';

/** More of one step's parameters is cut, and said to be: the details travel with every query. */
const shownCharacters = 2_000;
const plainCharacters = 400;

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
  if (view.healing !== undefined) lines.push(`A fault is being treated by ${toCode(view.healing)}.`, '');
  if (view.incident !== undefined) lines.push(...renderIncident(view.incident));
  if (view.waitingFor === 'approval' && sealed !== undefined)
    lines.push(...renderRequest(sealed.seal, sealed.content.expiresAt));
  if (view.waitingFor === 'resolution') lines.push(...renderOpenEffects(view));
  if (sealed !== undefined && sealed.plan.steps.length > 0) {
    const progress = toProgress(view);
    lines.push(
      `### Plan · ${sealed.change} · risk ${sealed.plan.riskLevel} · pass ${view.pass}`,
      '',
      ...sealed.plan.steps.flatMap((step, index) => renderStep(step, progress.steps[index]!.outcome)),
      '',
      `${sealed.plannedBy === undefined ? "Planner's" : `${toPlainText(showModel(sealed.plannedBy))}'s`} reasoning (not sealed): ${toPlainText(sealed.plan.reasoning)}`,
      '',
      'Seal:',
      '',
      ...toBlock('text', sealed.seal),
    );
  }
  if (view.failures.length > 0)
    lines.push('', '### Failed before', '', ...view.failures.map((failure) => `- ${toPlainText(failure)}`));
  return lines.join('\n');
}

function headline(view: RunView): string {
  if (view.outcome !== undefined) return toPlainText(view.outcome);
  if (view.waitingFor === 'approval') return "Waits for a person's approval";
  if (view.waitingFor === 'resolution') return 'Nobody can prove what became of an effect: a person must say';
  return `${view.phase.charAt(0).toUpperCase()}${view.phase.slice(1)}${view.running === undefined ? '' : ` ${view.running}`}`;
}

function renderIncident({ type, severity, evidence, diagnosis, attempts }: IncidentView): string[] {
  return [
    `### Incident · ${toPlainText(type)} · ${severity}`,
    '',
    ...(evidence.length === 0 ? [] : ['Evidence (untrusted):', '']),
    ...evidence.map(({ id, source, text }) => `- **${id}** ${toPlainText(source)}: ${toPlainText(text)}`),
    '',
    ...(diagnosis === undefined ? [] : renderDiagnosis(diagnosis)),
    ...attempts.flatMap(({ cause, steps, outcome, ...found }, index) => [
      `${index + 1}. Cause taken: ${toPlainText(cause)} (${toPlainText(showGrounds(found))})`,
      ...steps.map((step) => `   - ${toPlainText(step)}`),
      `   - Proof: ${toPlainText(outcome)}`,
    ]),
    '',
  ];
}

/** What is taken for the cause, by whom, and what each statement rests on. */
function renderDiagnosis({ cause, fields, ...found }: Diagnosis): string[] {
  return [
    `**Diagnosis**: ${toPlainText(cause)} (${toPlainText(showGrounds(found))})`,
    '',
    ...(fields?.statements ?? []).map(
      ({ finding, cites }) => `- ${toPlainText(findings[finding])} (${toPlainText(cites.join(', '))})`,
    ),
    '',
  ];
}

function renderRequest(seal: string, expiresAt: number): string[] {
  return [
    `Until ${new Date(expiresAt).toISOString()}. To let it run: More Actions → Send a Signal, name \`approve\`, with this input:`,
    '',
    ...toBlock('json', { seal, approver: '<your name>' }),
    'To refuse it: signal `reject`, with a reason:',
    '',
    ...toBlock('json', { seal, approver: '<your name>', reason: '<why>' }),
  ];
}

function renderOpenEffects(view: RunView): string[] {
  return [
    'Send signal `resolve` with choice `adopt` (it happened), `redo` (do it again) or `give_up`:',
    '',
    ...view.open.flatMap(({ seal, step, toolName }) => [
      `For \`${toolName}\`:`,
      '',
      ...toBlock('json', { seal, step, choice: 'adopt', approver: '<your name>' }),
    ]),
  ];
}

/** One step as a list item: a table would be cut off in the narrow column the UI has for it. */
function renderStep(step: SealedStep, outcome: string): string[] {
  const gate = step.gate === undefined ? '' : ` · waits: ${toPlainText(step.gate)}`;
  return [
    `- **${step.id}** ${toCode(step.toolName)} · ${step.riskLevel}${gate} · **${outcome}**`,
    `  - ${toPlainText(step.description)}`,
    `  - ${toCode(JSON.stringify(step.parameters))}`,
  ];
}

/** Text from outside on one line: nothing in it can start markup, a link or a new line. */
function toPlainText(text: string): string {
  const shown = escapeControls(text.slice(0, plainCharacters))
    .replaceAll(/[\\|`*_<>[\]#~&]/g, (character) => `\\${character}`)
    .replaceAll('://', String.raw`\://`)
    .replaceAll(/www\./gi, (start) => `${start.slice(0, 3)}\\.`);
  return text.length > plainCharacters ? `${shown}… (cut)` : shown;
}

/** JSON or a name to the letter: code, so that no quote is made pretty. A back-tick is written as JSON may write it. */
function toCode(text: string): string {
  const shown = escapeControls(text.slice(0, shownCharacters)).replaceAll('`', '\\u0060');
  const cut = text.length - shownCharacters;
  return `\`${shown}\`${cut > 0 ? ` **and ${cut} characters more: read all with** \`homeostat describe\`` : ''}`;
}

function toBlock(language: string, content: object | string): string[] {
  const text = typeof content === 'string' ? content : JSON.stringify(content, null, 2);
  return [`\`\`\`${language}`, text, '```', ''];
}
