import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readWebhook } from '../../src/api/alertmanager.ts';
import { toAlert, toWebhook } from '../support/alerts.ts';
import { projectRoot } from '../support/run-program.ts';

/** The rules, targets and Alertmanager configuration of deploy/prometheus, one after the other as an alert passes them. */
const readText = (path: string) => readFileSync(join(projectRoot, 'deploy/prometheus', path), 'utf8');
const read = <Content>(path: string) => parse(readText(path)) as Content;

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
const [group] = read<{ readonly groups: readonly { readonly rules: readonly Rule[] }[] }>('instance-rules.yml').groups;
interface Target {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}
/** The example that is shipped commented out, as it is once somebody takes the signs away. */
const [target] = parse(readText('instances/shop.yml').replaceAll(/^# (?=- |  )/gm, '')) as readonly Target[];
const { scrape_configs: jobs } = read<{
  readonly scrape_configs: readonly { readonly job_name: string; readonly file_sd_configs?: object }[];
}>('prometheus.yml');
const { route, receivers } = read<{
  readonly route: {
    readonly group_by: readonly string[];
    readonly routes: readonly { readonly receiver: string; readonly matchers: readonly string[] }[];
  };
  readonly receivers: readonly { readonly name: string; readonly webhook_configs?: readonly object[] }[];
}>('alertmanager.yml');

/** A template of a label, filled in from the labels of a target. */
function fill(template: string, labels: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => labels[label] ?? '');
}

test('no instance is watched until somebody names one: what is not there would be down for ever', () => {
  expect(read('instances/shop.yml')).toBeNull();
});

test.each(group!.rules)('the alert $alert of a target becomes a report of its resource', ({ alert, ...rule }) => {
  const labels = { instance: target!.targets[0]!, job: 'instance-health', ...target!.labels };
  const filled = Object.fromEntries(Object.entries(rule.labels).map(([name, text]) => [name, fill(text, labels)]));
  const { reports, refused } = readWebhook(
    toWebhook([
      toAlert({
        labels: { ...labels, ...filled, alertname: alert },
        annotations: { summary: fill(rule.annotations.summary!, labels), description: '' },
      }),
    ]),
    { tenant: 'default', now: new Date() },
  );
  expect(refused).toEqual([]);
  expect(reports[0]!.report).toMatchObject({
    resource: { tenant: 'default', kind: 'Instance', name: 'orders' },
    message: {
      issue: {
        type: 'service_down',
        severity: 'critical',
        summary: 'Instance orders at 127.0.0.1:9400 has not answered for 2 minutes.',
      },
    },
  });
});

test('an instance counts as down after two minutes without an answer, by a job that is scraped', () => {
  const down = group!.rules.find(({ alert }) => alert === 'InstanceDown')!;
  expect(down).toMatchObject({ expr: 'up{job="instance-health"} == 0', for: '2m' });
  expect(jobs.filter(({ file_sd_configs }) => file_sd_configs !== undefined).map(({ job_name }) => job_name)).toEqual([
    'instance-health',
  ]);
});

test('alerts on resources go to the intake with a token out of a file, when they are over too, one fault a request', () => {
  expect(route.routes).toEqual([{ receiver: 'homeostat', matchers: ['resource_id=~".+"'] }]);
  expect(route.group_by).toEqual(['alertname', 'tenant', 'resource_kind', 'resource_id']);
  expect(receivers.find(({ name }) => name === 'homeostat')!.webhook_configs).toEqual([
    {
      url: 'http://127.0.0.1:8087/v1/alerts',
      send_resolved: true,
      max_alerts: 500,
      http_config: { authorization: { type: 'Bearer', credentials_file: 'homeostat-intake-token' } },
    },
  ]);
});
