import { describe, expect, test } from 'vitest';
import { readWebhook } from '../../../src/api/alertmanager.ts';
import { toCodedErrors } from '../../../src/domain/failure.ts';
import { toAlert, toWebhook, type AlertParts } from '../../support/alerts.ts';

const now = new Date('2026-11-21T10:00:00Z');
const read = (body: unknown) => readWebhook(body, { tenant: 'default', now });
const readAlerts = (...alerts: readonly AlertParts[]) => read(toWebhook(alerts.map(toAlert)));
const refusalsOf = (...alerts: readonly AlertParts[]) =>
  readAlerts(...alerts).refused.map(({ alert, errors }) => [
    alert,
    ...errors.map(({ code, path }) => `${code} ${path}`),
  ]);

describe('a webhook of Alertmanager', () => {
  test('its alert is a report: resource by labels, type by name, summary by annotations, evidence from the rule', () => {
    const { reports, refused } = readAlerts({});
    expect(refused).toEqual([]);
    expect(reports).toEqual([
      {
        alerts: 1,
        report: {
          resource: { tenant: 'default', kind: 'Instance', name: 'web' },
          message: {
            status: 'firing',
            issue: {
              type: 'service_down',
              resource: 'Instance/web',
              severity: 'critical',
              summary: 'Instance web is down\nIt has not answered for two minutes.',
              evidence: [
                'http://prometheus:9090/graph?g0.expr=up+%3D%3D+0',
                'instance=10.0.0.7:8080, job=instance-health',
              ],
              since: '2026-11-21T09:58:00.000Z',
            },
          },
        },
      },
    ]);
  });

  test.each([
    { reason: 'the id with its kind', labels: { resource_kind: 'Instance', resource_id: 'Instance/db' } },
    { reason: 'the id with its kind alone', labels: { resource_kind: '', resource_id: 'Instance/db' } },
    { reason: 'both labels', labels: { resource_id: 'db' } },
  ])('a resource is named by $reason', ({ labels }) => {
    expect(readAlerts({ labels }).reports[0]!.report.resource).toMatchObject({ kind: 'Instance', name: 'db' });
  });

  test('labels may name the tenant and the type; an alert we know nothing of gives its own name as type', () => {
    const [first, second] = readAlerts(
      { labels: { tenant: 'acme', issue_type: 'disk_full' } },
      { labels: { alertname: 'QueueTooLong' } },
    ).reports;
    expect(first!.report).toMatchObject({ resource: { tenant: 'acme' }, message: { issue: { type: 'disk_full' } } });
    expect(second!.report.message.issue.type).toBe('queue_too_long');
  });

  test.each([
    { said: 'critical', severity: 'critical' },
    { said: 'page', severity: 'critical' },
    { said: 'info', severity: 'info' },
    { said: 'P3', severity: 'warning' },
    { said: '', severity: 'warning' },
  ])('severity $said is $severity', ({ said, severity }) => {
    expect(readAlerts({ labels: { severity: said } }).reports[0]!.report.message.issue.severity).toBe(severity);
  });

  test('an alert that names no resource, or a wrong one, is refused by path, and the others go on', () => {
    expect(
      refusalsOf(
        { labels: { resource_id: '' } },
        { labels: { resource_kind: '' } },
        { labels: { resource_kind: 'Database', resource_id: 'Instance/web' } },
        { labels: { resource_id: 'Web 1' } },
        {},
        { status: 'suppressed' },
      ),
    ).toEqual([
      ['alerts[0] InstanceDown', 'MISSING_FIELD alerts[0].labels.resource_id'],
      ['alerts[1] InstanceDown', 'MISSING_FIELD alerts[1].labels.resource_kind'],
      ['alerts[2] InstanceDown', 'INVALID_VALUE alerts[2].labels.resource_kind'],
      ['alerts[3] InstanceDown', 'INVALID_VALUE resource'],
      ['alerts[5] InstanceDown', 'INVALID_VALUE status'],
    ]);
    expect(readAlerts({ labels: { resource_id: '' } }, {}).reports).toHaveLength(1);
  });

  test('alerts that are none are refused one by one', () => {
    expect(read({ version: '4', alerts: [null, 7, {}, { labels: 'x' }] }).refused.map(({ alert }) => alert)).toEqual([
      'alerts[0]',
      'alerts[1]',
      'alerts[2]',
      'alerts[3]',
    ]);
  });

  test('several alerts of one fault are one report: as bad as the worst, since the first, with the evidence of all', () => {
    const { reports } = readAlerts(
      { labels: { severity: 'warning', instance: 'a' }, startsAt: '2026-11-21T09:50:00Z' },
      { labels: { severity: 'critical', instance: 'b' }, startsAt: '2026-11-21T09:55:00Z' },
      { labels: { instance: 'c' }, status: 'resolved' },
      { labels: { resource_id: 'db' } },
    );
    expect(reports.map(({ alerts, report }) => [report.resource.name, alerts])).toEqual([
      ['web', 3],
      ['db', 1],
    ]);
    const { status, issue } = reports[0]!.report.message;
    expect({ status, severity: issue.severity, since: issue.since }).toEqual({
      status: 'firing',
      severity: 'critical',
      since: '2026-11-21T09:50:00Z'.replace('Z', '.000Z'),
    });
    expect(issue.evidence.join()).toMatch(/instance=b.*instance=a/);
  });

  test('only when all of them are over the fault is', () => {
    const { reports } = readAlerts({ status: 'resolved' }, { status: 'resolved', labels: { instance: 'b' } });
    expect(reports.map(({ report }) => report.message.status)).toEqual(['resolved']);
  });

  test.each([
    { startsAt: '0001-01-01T00:00:00Z', reason: 'of a time nobody knows' },
    { startsAt: 'yesterday', reason: 'of no time' },
  ])('since $reason is since now', ({ startsAt }) => {
    expect(readAlerts({ startsAt }).reports[0]!.report.message.issue.since).toBe(now.toISOString());
  });

  test.each([
    { body: {}, code: 'INVALID_BODY' },
    { body: [], code: 'INVALID_BODY' },
    { body: null, code: 'INVALID_BODY' },
    { body: { alerts: 'x' }, code: 'INVALID_BODY' },
    { body: { version: '5', alerts: [] }, code: 'UNKNOWN_VERSION' },
  ])('$body is $code', ({ body, code }) => {
    let thrown: unknown;
    try {
      read(body);
    } catch (error) {
      thrown = error;
    }
    expect(toCodedErrors(thrown)).toMatchObject([{ code }]);
  });
});
