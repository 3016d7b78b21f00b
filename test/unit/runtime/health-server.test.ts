import { afterEach, beforeEach, expect, test } from 'vitest';
import { startHealthServer, type HealthServer } from '../../../src/runtime/health-server.ts';
import type { MetricsPage } from '../../../src/telemetry/metrics-page.ts';

const agents = [{ name: 'boxes', kinds: ['Box'], tools: 3 }];
const checks = { etcd: { ok: false, detail: 'does not answer' } };
let server: HealthServer;
let ready: boolean;
let metrics: () => Promise<MetricsPage>;
let warned: object[];

beforeEach(async () => {
  ready = true;
  warned = [];
  metrics = async () => ({ contentType: 'text/plain; version=0.0.4', text: 'up 1\n' });
  server = await startHealthServer({
    address: '127.0.0.1',
    port: undefined,
    health: () => ({ ready, checks, agents }),
    metrics: () => metrics(),
    log: { warn: (fields: object) => void warned.push(fields) },
  });
});
afterEach(() => server.close());

const ask = (path: string, method = 'GET') => fetch(server.url + path, { method });

test('says that it lives, whether it can take work, and what it counts', async () => {
  expect(await (await ask('/healthz')).json()).toEqual({ ok: true, agents });
  const able = await ask('/readyz?verbose');
  expect([able.status, await able.json()]).toEqual([200, { ready: true, checks, agents }]);
  ready = false;
  expect((await ask('/readyz')).status).toBe(503);
  const page = await ask('/metrics');
  expect([page.headers.get('content-type'), await page.text()]).toEqual(['text/plain; version=0.0.4', 'up 1\n']);
});

test.each([
  { path: '/nothing', method: 'GET', status: 404, code: 'NOT_FOUND', allow: null },
  { path: '/nothing', method: 'POST', status: 404, code: 'NOT_FOUND', allow: null },
  { path: '/readyz', method: 'POST', status: 405, code: 'METHOD_NOT_ALLOWED', allow: 'GET' },
])('$method $path is $status in the form of every refusal', async ({ path, method, status, code, allow }) => {
  const answer = await ask(path, method);
  expect([answer.status, answer.headers.get('allow')]).toEqual([status, allow]);
  const message = expect.stringContaining(`${code} ${path}: `) as string;
  expect(await answer.json()).toEqual({ errors: [{ code, path, message, remedy: expect.any(String) as string }] });
});

test('metrics that cannot be made are 500, and the log says why', async () => {
  metrics = () => Promise.reject(new Error('no registry'));
  const answer = await ask('/metrics');
  expect([answer.status, await answer.json()]).toMatchObject([500, { errors: [{ code: 'RUNTIME_FAULT' }] }]);
  expect(warned).toEqual([{ cause: 'no registry' }]);
});
