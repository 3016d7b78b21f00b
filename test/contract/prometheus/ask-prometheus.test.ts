import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAskPrometheus, type PrometheusSettings } from '../../../src/prometheus/ask-prometheus.ts';
import { FakePrometheus } from '../../support/fake-prometheus.ts';

let prometheus: FakePrometheus;
let url: string;
beforeEach(async () => {
  prometheus = new FakePrometheus();
  url = await prometheus.start();
});
afterEach(() => prometheus.stop());

const web = { tenant: 'default', kind: 'Instance', name: 'web' };
const { signal } = new AbortController();
const ask = (type = 'service_down', more: Partial<PrometheusSettings> = {}, resource = web) =>
  createAskPrometheus({ url, queries: {}, ...more })(resource, type, signal);
const series = (labels: Record<string, string>, valueAt: (seconds: number) => number | undefined = () => 1) => ({
  labels,
  valueAt,
});

test('what is known of the resource over the last quarter of an hour is told in a line a series', async () => {
  prometheus.series = [
    series({ __name__: 'up', job: 'instance-health', resource_id: 'web', resource_kind: 'Instance' }, () => 0),
    series({ __name__: 'up', job: 'other', resource_id: 'Instance/web', tenant: 'default' }),
    series({ __name__: 'up', resource_id: 'web-2' }),
    series({ __name__: 'up', resource_id: 'web', resource_kind: 'Database' }),
    series({ __name__: 'up', resource_id: 'web', tenant: 'shop' }),
    series({ __name__: 'probe_duration_seconds', resource_id: 'web' }, (at) => (at > Date.now() / 1_000 - 450 ? 2 : 1)),
  ];
  const lines = (await ask()).split('\n');
  expect(lines).toEqual([
    expect.stringMatching(
      /^probe_duration_seconds\{\}: min 1, mean 1\.[45]\d*, max 2, last 2; over 15\.0 min: 1, .*2$/,
    ),
    expect.stringMatching(/^up\{job="instance-health"\}: min 0, mean 0, max 0, last 0; over 15\.0 min: 0, /),
    expect.stringMatching(/^up\{job="other"\}: min 1, /),
  ]);
});

test("another tenant's resource is asked for by its tenant", async () => {
  prometheus.series = [
    series({ __name__: 'up', resource_id: 'web' }),
    series({ __name__: 'up', resource_id: 'web', tenant: 'shop' }, () => 7),
  ];
  expect(await ask('service_down', {}, { ...web, tenant: 'shop' })).toMatch(/^up\{\}: min 7, [^\n]*$/);
});

test('configured queries go before the standard ones, with the words for the resource filled in', async () => {
  await ask('queue_too_long', {
    queries: { queue_too_long: ['depth{queue="$resource_id",kind="$resource_kind",t="$tenant"}'] },
  });
  expect(prometheus.queries).toEqual(['depth{queue="web",kind="Instance",t="default"}']);
});

test('values that are no numbers are left out, and of many series some are shown', async () => {
  prometheus.series = [
    series({ __name__: 'depth', at: 'nan' }, () => NaN),
    ...Array.from({ length: 30 }, (_, index) => series({ __name__: 'depth', at: String(index) }, () => index)),
  ];
  const lines = (await ask('x', { queries: { x: ['depth{at!=""}'] } })).split('\n');
  expect(lines).toHaveLength(10);
  expect(lines.join('')).not.toContain('NaN');
  expect(lines.at(-1)).toBe('(22 more series of depth{at!=""})');
});

test('a token is sent, and only to the address that is configured', async () => {
  prometheus.token = 'a-token-of-a-test';
  prometheus.series = [series({ __name__: 'up', resource_id: 'web' })];
  expect(await ask('x', { token: 'a-token-of-a-test' })).toMatch(/^up/);
  expect(await ask('x')).toContain('could not ask up{');
  const heard: unknown[] = [];
  const other = createServer((request, response) => {
    heard.push(request.headers.authorization);
    response.end('{}');
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
  prometheus.answer = { status: 307, headers: { location }, body: '' };
  expect(await ask('x', { token: 'a-token-of-a-test' })).toContain('answered 307');
  other.close();
  expect(heard).toEqual([]);
});

test.each<[string, () => void, RegExp]>([
  ['a query it cannot read', () => undefined, /^could not ask sum\(up\): bad_data: invalid parameter "query"/],
  [
    'something else than a Prometheus',
    () => void (prometheus.answer = { status: 200, body: '<html>' }),
    /answered 200, and not as a Prometheus does/,
  ],
  [
    'an answer without end',
    () => void (prometheus.answer = { status: 200, body: 'x'.repeat(2_000_000) }),
    /answered more than 1048576 bytes/,
  ],
  ['nobody', () => prometheus.stop(), /could not ask sum\(up\): .*(ECONNREFUSED|ECONNRESET|closed)/],
])('%s is a line of evidence, and no failure', async (_, arrange, line) => {
  arrange();
  expect(await ask('x', { queries: { x: ['sum(up)'] } })).toMatch(line);
});

test('one that does not answer is given up after five seconds', async () => {
  prometheus.delayMs = 20_000;
  const startedAt = performance.now();
  expect(await ask('x', { queries: { x: ['up{a="b"}'] } })).toMatch(/^could not ask up\{a="b"\}: .*(timeout|aborted)/);
  expect(performance.now() - startedAt).toBeLessThan(9_000);
});
