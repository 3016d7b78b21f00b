import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readDocumentedMetrics } from '../support/documented-metrics.ts';
import { projectRoot } from '../support/run-program.ts';

/** The dashboard and the alerts use what a runtime serves. That the tables are true is seen on a real page: metrics.test.ts. */
interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly targets?: readonly { readonly expr: string }[];
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

const read = (path: string) => readFileSync(join(projectRoot, path), 'utf8');
const dashboard = JSON.parse(read('deploy/grafana/homeostat.json')) as {
  readonly templating: { readonly list: readonly { readonly name: string }[] };
  readonly panels: readonly Panel[];
};
const { groups } = parse(read('deploy/prometheus/homeostat-rules.yml')) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);
const graphs = dashboard.panels.filter(({ type }) => type !== 'row');
const operations = read('docs/operations.md').split('\n');
const documented = new Map(readDocumentedMetrics().map((metric) => [metric.name, metric]));

/** Made by Prometheus itself for each target. */
const madeByPrometheus = { names: ['up'], labels: ['job', 'instance'] };
const words = new Set(
  'sum max min count rate increase max_over_time absent histogram_quantile by on or and unless without ignoring'.split(
    ' ',
  ),
);

/** What of an expression could be the name of a metric or a label: every word that is not PromQL's own. */
function readExpression(expression: string) {
  const bare = expression
    .replaceAll('$__rate_interval', '1m')
    .replaceAll(/"[^"]*"/g, '""')
    .replaceAll(/\[[0-9]+[smhd]\]/g, '');
  const labels = [
    ...[...bare.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(',')),
    ...[...bare.matchAll(/\{([^}]*)\}/g)].flatMap(([, list]) => list!.split(',').map((one) => one.split(/[=!]/)[0]!)),
  ].map((label) => label.trim());
  const rest = bare.replaceAll(/\b(?:by|on) \([^)]*\)/g, '').replaceAll(/\{[^}]*\}/g, '');
  const names = [...rest.matchAll(/[a-zA-Z_:][a-zA-Z0-9_:]*/g)]
    .map(([name]) => name)
    .filter((name) => !words.has(name));
  return { names, labels };
}

/** The metric a name in an expression belongs to: of a histogram its parts are named. */
function findMetric(name: string) {
  const histogram = documented.get(name.replace(/_(bucket|count|sum)$/, ''));
  if (histogram?.type === 'histogram') return name.endsWith(histogram.name) ? undefined : histogram;
  return documented.get(name);
}

function checkExpression(expression: string): void {
  const { names, labels } = readExpression(expression);
  const metrics = names
    .filter((name) => !madeByPrometheus.names.includes(name))
    .map((name) => ({ name, metric: findMetric(name) }));
  expect(names.length).toBeGreaterThan(0);
  for (const { name, metric } of metrics) expect(metric, `${name} is a metric in docs/telemetry.md`).toBeDefined();
  const known = new Set([...madeByPrometheus.labels, 'le', ...metrics.flatMap(({ metric }) => metric!.labels)]);
  expect(labels.filter((label) => !known.has(label))).toEqual([]);
}

describe.each(graphs)('panel $title', ({ targets, type }) => {
  test('it shows metrics that there are, by labels that they have', () => {
    expect(targets!.length).toBeGreaterThan(0);
    for (const { expr } of targets!) checkExpression(expr);
  });

  test('a counter is shown as it grows, a histogram by its buckets or its count', () => {
    for (const { expr } of targets!)
      for (const [, name] of expr.matchAll(/\b((?:homeostat|temporal|process)_\w+_(?:total|bucket|count))\{/g))
        expect(expr).toMatch(new RegExp(`(rate|increase)\\(${name}\\{`));
    expect(['stat', 'timeseries', 'table']).toContain(type);
  });
});

describe('the dashboard', () => {
  test('its panels have ids of their own and do not lie on each other', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });

  test('its variables are declared', () => {
    const used = JSON.stringify(dashboard.panels).matchAll(/\$\{?(\w+)/g);
    const declared = dashboard.templating.list.map(({ name }) => name);
    expect([...declared, '__rate_interval']).toEqual(expect.arrayContaining([...used].map(([, name]) => name)));
  });

  test('it shows every metric of ours', () => {
    const shown = new Set(
      graphs
        .flatMap(({ targets }) => targets!.flatMap(({ expr }) => readExpression(expr).names))
        .map((name) => findMetric(name)?.name),
    );
    const ours = [...documented.keys()].filter((name) => name.startsWith('homeostat_'));
    expect(ours.filter((name) => !shown.has(name))).toEqual([]);
  });
});

describe.each(rules)('alert $alert', ({ alert, expr, labels, annotations }) => {
  test('it asks for metrics that there are, by labels that they have', () => {
    checkExpression(expr);
  });

  test('it says how bad it is and what is wrong, and what to do stands in the operations document', () => {
    expect(['critical', 'warning', 'info']).toContain(labels.severity);
    const kept = new Set([
      ...readExpression(expr).labels,
      ...madeByPrometheus.labels,
      ...readExpression(expr).names.flatMap((name) => findMetric(name)?.labels ?? []),
    ]);
    for (const [, label] of annotations.summary.matchAll(/\$labels\.(\w+)/g)) expect(kept).toContain(label);
    expect(operations.filter((row) => row.startsWith(`| \`${alert}\` `))).toHaveLength(1);
  });
});

test('no alert has the name of another', () => {
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
});

test('a name that is no metric, a label that a metric has not, and a histogram without its part are found', () => {
  expect(() => checkExpression('sum(homeostat_hints_total{reason="drifted"})')).not.toThrow();
  expect(() => checkExpression('sum(homeostat_hint_total)')).toThrow();
  expect(() => checkExpression('sum by (tenant) (homeostat_hints_total)')).toThrow();
  expect(() => checkExpression('rate(homeostat_run_seconds[5m])')).toThrow();
});

test('what is scraped is a runtime in its container, and the alerts are read', () => {
  const config = parse(read('deploy/prometheus/prometheus.yml')) as {
    readonly rule_files: readonly string[];
    readonly scrape_configs: readonly {
      readonly job_name: string;
      readonly static_configs: readonly { readonly targets: readonly string[] }[];
    }[];
  };
  expect(config.rule_files).toEqual(['homeostat-rules.yml', 'instance-rules.yml']);
  const [scrape] = config.scrape_configs;
  expect(rules.find(({ alert }) => alert === 'HomeostatDown')!.expr).toContain(`job="${scrape!.job_name}"`);
  const [, port] = /HOMEOSTAT_HEALTH_PORT=([0-9]+)/.exec(read('Dockerfile'))!;
  expect(scrape!.static_configs).toEqual([{ targets: [`127.0.0.1:${port}`] }]);
  expect(config.scrape_configs.map(({ job_name }) => job_name)).toContain('etcd');
});
