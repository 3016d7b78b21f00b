import { escapeControls } from '../domain/failure.ts';
import type { EvidenceItem } from '../domain/heal.ts';
import { showResource } from '../domain/identity.ts';
import { showGrounds, type Incident } from '../domain/incident.ts';
import { findIssueType } from '../domain/issue-types.ts';
import type { Issue } from '../domain/issue.ts';
import type { Runbook } from '../domain/runbook.ts';

/** Characters of one item of evidence that a report shows. */
const shownCharacters = 2_000;

/** All that is known of an incident, as markdown for people. What is untrusted stands in code blocks that it cannot end. */
export function renderReport(
  incident: Incident,
  issue: Issue,
  evidence: string | undefined,
  runbooks: readonly Runbook[],
): string {
  const { resource, type, attempts, reason, workflowId, runId } = incident;
  const known = findIssueType(type);
  const items = evidence === undefined ? [] : (JSON.parse(evidence) as readonly EvidenceItem[]);
  const lines = [
    `# ${type} on ${showResource(resource)} (tenant ${resource.tenant})`,
    '',
    `- severity: ${issue.severity}`,
    `- since: ${incident.since}`,
    `- given to people because: ${toLine(reason ?? 'nobody said why')}`,
    `- run: ${workflowId} ${runId}`,
    ...(known === undefined
      ? []
      : [
          `- it means: ${known.meaning}`,
          `- it shows itself: ${known.detection}`,
          `- look first at: ${known.evidence.join(', ')}`,
          `- usual repairs: ${known.usualRepairs.join('; ')}`,
          `- it is over when: ${known.proof}`,
        ]),
    ...runbooks.map(({ name, title }) => `- runbook: ${toLine(name)}, ${toLine(title)}`),
    '',
    '## What was reported',
    '',
    ...toBlock(issue.summary),
    '## What was tried',
    '',
    ...(attempts.length === 0 ? ['Nothing.'] : attempts.flatMap(renderAttempt)),
    '',
    '## Evidence',
    '',
    ...items.flatMap(({ id, source, text }) => [`### ${id} · ${toLine(source)}`, '', ...toBlock(text)]),
  ];
  return `${lines.join('\n')}\n`;
}

function renderAttempt({ cause, steps, outcome, ...grounds }: Incident['attempts'][number], index: number): string[] {
  return [
    `${index + 1}. cause taken: ${toLine(cause)} (${toLine(showGrounds(grounds))})`,
    ...steps.map((step) => `   - ${toLine(step)}`),
    `   - then: ${toLine(outcome)}`,
  ];
}

function toLine(text: string): string {
  return escapeControls(text).replaceAll(/[`*_[\]<>|]/g, String.raw`\$&`);
}

function toBlock(text: string): string[] {
  const shown = text
    .slice(0, shownCharacters)
    .split('\n')
    .map((line) => `    ${escapeControls(line)}`);
  return [...shown, ...(text.length > shownCharacters ? ['', '(cut)'] : []), ''];
}
