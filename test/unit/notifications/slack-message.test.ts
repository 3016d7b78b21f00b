import { expect, test } from 'vitest';
import { renderReport } from '../../../src/activities/incident-report.ts';
import type { Incident } from '../../../src/domain/incident.ts';
import type { Notification } from '../../../src/domain/notification.ts';
import { toSlackMessage } from '../../../src/notifications/slack-message.ts';
import { web } from '../state/samples.ts';

const fence = '```';

/** The text of a message's section, as it is sent. */
function sectionOf(text: string): string {
  const notification: Notification = {
    event: 'incident-escalated',
    title: 'a fault needs a person',
    text,
    severity: 'critical',
    resource: web,
    links: [],
  };
  const { blocks } = toSlackMessage(notification) as { blocks: { type: string; text: { text: string } }[] };
  return blocks.find(({ type }) => type === 'section')!.text.text;
}

/** A report of which an alert has said this. */
function reportOf(summary: string, reason = 'nobody knows a repair'): string {
  const at = '2026-11-21T00:00:00.000Z';
  const issue = { type: 'disk_full', severity: 'warning', summary, since: at, evidence: [] } as const;
  const incident: Incident = {
    format: 1,
    resource: web,
    type: issue.type,
    severity: issue.severity,
    summary,
    state: 'escalated',
    workflowId: 'heal.default.Widget.web.disk_full',
    runId: 'run-1',
    since: at,
    openedAt: at,
    attempts: [],
    reason,
    earlier: [],
    desiredRevision: 1,
  };
  return renderReport(incident, issue as never, undefined, []);
}

test('what a report quotes stands in a code block that it cannot end', () => {
  const section = sectionOf(reportOf(`*Approve* <https://evil.example|here>\n${fence}\n*now* _really_\n\n# at once`));
  expect(section).toContain(
    [
      '*What was reported*',
      '',
      fence,
      '*Approve* &lt;https://evil.example|here&gt;',
      "'''",
      '*now* _really_',
      '',
      '# at once',
      fence,
      '',
      '*What was tried*',
    ].join('\n'),
  );
  expect(section.split(fence)).toHaveLength(3);
});

test('what stands in a line of its own is no format either, and names are as they are', () => {
  const section = sectionOf(reportOf('full', 'NOT_READY: *bold*, `code`, _slanted_ [a](b) <!channel>'));
  expect(section).toContain("because: NOT_READY: ∗bold∗, 'code', ˍslantedˍ [a](b) &lt;!channel&gt;\n");
});

test.each([2_500, 2_995, 3_000, 20_000])('a code block that is cut ends all the same: %i characters', (length) => {
  const section = sectionOf(reportOf('x'.repeat(length)).replace('Nothing.', `    ${'*y* '.repeat(length / 4)}`));
  expect(section.length).toBeLessThanOrEqual(3_000);
  expect(section.split(fence).length % 2).toBe(1);
});
