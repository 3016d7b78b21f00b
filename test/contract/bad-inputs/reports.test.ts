import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readWebhook } from '../../../src/api/alertmanager.ts';
import { toCodedErrors } from '../../../src/domain/failure.ts';
import { isDnsLabel } from '../../../src/domain/identity.ts';
import { readIssueMessage } from '../../../src/domain/issue.ts';
import { readIssueReport, type IssueReport } from '../../../src/starters/read-issue-report.ts';
import { toAlert, toWebhook } from '../../support/alerts.ts';

/** Reports of faults, 5,000 of each: a report that a run will understand, or a coded error. */
const runs = { numRuns: 5_000 };
const defaults = { tenant: 'default', now: new Date('2026-11-21T10:00:00Z') };

/** Mostly what is meant, sometimes anything. */
const text = (...meant: readonly string[]) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...meant) },
    fc.string({ unit: 'binary', maxLength: 5_000 }),
    fc.constantFrom('', ' ', '\ud800', '__proto__', '../..', '\u202e', 'x'.repeat(10_000), 'Instance/web/..'),
  );
const orAnything = (meant: fc.Arbitrary<unknown>) => fc.oneof({ weight: 8, arbitrary: meant }, fc.jsonValue());

function checkReport({ resource, message }: IssueReport): void {
  expect(readIssueMessage(JSON.parse(JSON.stringify(message)))).toEqual(message);
  expect(message.issue.resource).toBe(`${resource.kind}/${resource.name}`);
  expect(isDnsLabel(resource.tenant)).toBe(true);
  expect(JSON.stringify(message).isWellFormed()).toBe(true);
}

test('whatever an issue says, it becomes one that its run understands, or a coded error', () => {
  const issue = fc.record(
    {
      type: orAnything(text('service_down', 'disk_full')),
      resource: orAnything(text('Instance/web', 'Database/db-1')),
      tenant: orAnything(text('default', 'acme')),
      status: orAnything(text('firing', 'resolved')),
      severity: orAnything(text('info', 'critical')),
      summary: orAnything(text('it is down')),
      evidence: orAnything(fc.array(orAnything(text('a log line')), { maxLength: 40 })),
      since: orAnything(text('2026-11-21T09:00:00Z', '2026-11-21')),
    },
    { requiredKeys: ['type', 'resource'] },
  );
  let accepted = 0;
  fc.assert(
    fc.property(orAnything(issue), (value) => {
      try {
        checkReport(readIssueReport(value, defaults));
        accepted += 1;
      } catch (error) {
        if (toCodedErrors(error).length === 0) throw error;
      }
    }),
    runs,
  );
  expect(accepted).toBeGreaterThan(50);
});

test('whatever a webhook says, each of its alerts becomes a report that its run understands, or is refused by code', () => {
  const labels = fc.dictionary(
    text('resource_kind', 'resource_id', 'tenant', 'issue_type', 'alertname', 'severity', 'instance'),
    text('Instance', 'Instance/web', 'db', 'InstanceDown', 'critical', 'service_down'),
  );
  const alert = fc
    .record({
      status: text('firing', 'resolved'),
      startsAt: text('2026-11-21T09:00:00Z', '0001-01-01T00:00:00Z'),
      labels,
      annotations: fc.dictionary(text('summary', 'description'), text('down')),
    })
    .map(toAlert);
  let accepted = 0;
  fc.assert(
    fc.property(orAnything(fc.array(orAnything(alert), { maxLength: 5 })), (alerts) => {
      try {
        const { reports, refused } = readWebhook(toWebhook(alerts as readonly object[]), defaults);
        for (const { report } of reports) checkReport(report);
        for (const { errors } of refused) expect(errors.length).toBeGreaterThan(0);
        accepted += reports.length;
      } catch (error) {
        if (toCodedErrors(error).length === 0) throw error;
      }
    }),
    runs,
  );
  expect(accepted).toBeGreaterThan(1_000);
});
