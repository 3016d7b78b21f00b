import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startIntakeServer, type IntakeServer } from '../../../src/api/intake-server.ts';
import { HomeostatError, type FailureCode } from '../../../src/domain/failure.ts';
import type { IssueReport } from '../../../src/starters/read-issue-report.ts';
import { toAlert, toWebhook } from '../../support/alerts.ts';

const token = 'a-token-of-a-test';
let server: IntakeServer;
let sent: IssueReport[];
let logged: object[];
/** What the sender does with a report, before it counts as sent. */
let onSend: (report: IssueReport) => Promise<void>;

const start = (port?: number) =>
  startIntakeServer({
    host: '127.0.0.1',
    port,
    token,
    sender: {
      async send(report) {
        await onSend(report);
        sent.push(report);
      },
    },
    log: { info: (fields) => void logged.push(fields), warn: (fields) => void logged.push(fields) },
  });

beforeEach(async () => {
  sent = [];
  logged = [];
  onSend = async () => undefined;
  server = await start();
});
afterEach(() => server.close());

const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
const post = (path: string, body: string | object, more: Readonly<Record<string, string>> = {}) =>
  fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { ...headers, ...more },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const alerts = (...parts: Parameters<typeof toAlert>[0][]) => toWebhook(parts.map(toAlert));
const fail = (code: FailureCode) => async () => {
  throw new HomeostatError(code, { path: 'x', problem: 'is so' });
};

describe('the door for alerts', () => {
  test('a webhook is taken: each fault once, what is refused beside it with its reason', async () => {
    const answer = await post('/v1/alerts', alerts({}, { labels: { instance: 'b' } }, { labels: { resource_id: '' } }));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      taken: [{ tenant: 'default', resource: 'Instance/web', type: 'service_down', status: 'firing', alerts: 2 }],
      refused: [
        {
          alert: 'alerts[2] InstanceDown',
          errors: [
            {
              code: 'MISSING_FIELD',
              path: 'alerts[2].labels.resource_id',
              message:
                'MISSING_FIELD alerts[2].labels.resource_id: does not say which resource it is about — label the rule with resource_kind and resource_id, such as Instance and web',
              remedy: 'label the rule with resource_kind and resource_id, such as Instance and web',
            },
          ],
        },
      ],
    });
    expect(sent.map(({ message }) => message.issue.type)).toEqual(['service_down']);
    expect(JSON.stringify(logged)).toContain('does not say which resource');
  });

  test('a resource that is not there is refused, and the others go on', async () => {
    onSend = async (report) => {
      if (report.resource.name === 'gone') await fail('NOT_FOUND')();
    };
    const answer = await post('/v1/alerts', alerts({ labels: { resource_id: 'gone' } }, {}));
    expect(await answer.json()).toMatchObject({
      taken: [{ resource: 'Instance/web' }],
      refused: [{ alert: 'service_down on Instance/gone', errors: [{ code: 'NOT_FOUND' }] }],
    });
  });

  test.each(['TEMPORAL_UNAVAILABLE', 'STORE_UNAVAILABLE'] as const)(
    '%s: 503, to be sent again, and the rest is not tried',
    async (code) => {
      let tries = 0;
      onSend = async () => {
        tries += 1;
        await fail(code)();
      };
      const many = Array.from({ length: 200 }, (_, index) => ({ labels: { resource_id: `web-${index}` } }));
      const answer = await post('/v1/alerts', alerts(...many));
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '10']);
      expect(await answer.json()).toMatchObject({ taken: [], errors: [{ code }] });
      expect(tries).toBeLessThanOrEqual(8);
    },
  );

  test('one issue is taken', async () => {
    const answer = await post('/v1/issues', { type: 'disk_full', resource: 'Instance/web', summary: 'full' });
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { taken: [{ tenant: 'default', resource: 'Instance/web', type: 'disk_full', status: 'firing' }], refused: [] },
    ]);
  });

  test.each([
    { reason: 'an empty issue', body: {}, status: 400, code: 'EMPTY_ISSUE' },
    { reason: 'one that does not fit', body: { type: 'x', resource: 'web' }, status: 400, code: 'INVALID_VALUE' },
    { reason: 'no body', body: '', status: 400, code: 'INVALID_BODY' },
    { reason: 'broken JSON', body: '{"type": "x",}', status: 400, code: 'PARSE_ERROR' },
    { reason: 'a key twice', body: '{"type": "x", "type": "y"}', status: 400, code: 'DUPLICATE_KEY' },
    { reason: 'nesting of 20,000', body: '['.repeat(20_000), status: 400, code: 'TOO_DEEP' },
    { reason: 'half a million values', body: `[${'1,'.repeat(500_000)}1]`, status: 400, code: 'TOO_MANY_ITEMS' },
  ])('$reason is $status $code, and nothing is sent', async ({ body, status, code }) => {
    const answer = await post('/v1/issues', body);
    expect([answer.status, await answer.json()]).toMatchObject([status, { errors: [{ code }] }]);
    expect(sent).toEqual([]);
  });

  test('a resource that is not there is 404', async () => {
    onSend = fail('NOT_FOUND');
    expect((await post('/v1/issues', { type: 'x', resource: 'Instance/web' })).status).toBe(404);
  });

  test('what nobody expected is 500 and says nothing of itself', async () => {
    onSend = async () => {
      throw new TypeError('internal detail');
    };
    const answer = await post('/v1/issues', { type: 'x', resource: 'Instance/web' });
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('internal');
  });
});

test('a port that is taken is said to be', async () => {
  await expect(start(Number(new URL(server.url).port))).rejects.toMatchObject({ code: 'PORT_TAKEN' });
});

describe('who and what is not let in', () => {
  test.each([
    { reason: 'no token', authorization: '' },
    { reason: 'another token', authorization: 'Bearer another' },
    { reason: 'a token that begins right', authorization: `Bearer ${token}x` },
    { reason: 'a token by another scheme', authorization: `Basic ${token}` },
  ])('$reason is 401, whatever is asked for', async ({ authorization }) => {
    for (const path of ['/v1/alerts', '/nowhere']) {
      const answer = await post(path, alerts({}), { authorization });
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(await answer.json()).toMatchObject({ errors: [{ code: 'UNAUTHENTICATED' }] });
    }
    expect(sent).toEqual([]);
    expect(JSON.stringify(logged)).not.toContain(token);
  });

  test.each([
    { path: '/v1/nothing', method: 'POST', status: 404, code: 'NOT_FOUND' },
    { path: '/toString', method: 'POST', status: 404, code: 'NOT_FOUND' },
    { path: '/v1/nothing', method: 'PUT', status: 404, code: 'NOT_FOUND' },
    { path: '/v1/alerts', method: 'GET', status: 405, code: 'METHOD_NOT_ALLOWED' },
    { path: '/v1/issues', method: 'PUT', status: 405, code: 'METHOD_NOT_ALLOWED' },
  ])('$method $path is $status as JSON', async ({ path, method, status, code }) => {
    const answer = await fetch(server.url + path, { method, headers });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/json']);
    expect(answer.headers.get('allow')).toBe(status === 405 ? 'POST' : null);
    expect(await answer.json()).toMatchObject({ errors: [{ code }] });
  });

  test.each([
    { reason: 'text', more: { 'content-type': 'text/plain' }, body: '{}' },
    { reason: 'a form', more: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=b' },
    { reason: 'packed', more: { 'content-encoding': 'gzip' }, body: gzipSync('{}').toString('latin1') },
  ])('a body that is $reason is 415', async ({ more, body }) => {
    const answer = await post('/v1/alerts', body, more);
    expect([answer.status, await answer.json()]).toMatchObject([
      415,
      { errors: [{ code: 'UNSUPPORTED_MEDIA_TYPE', remedy: expect.any(String) as string }] },
    ]);
  });

  test('a body of a little more than 1 MiB is 413', async () => {
    const answer = await post('/v1/issues', { type: 'x', resource: 'Instance/web', summary: 'x'.repeat(1024 * 1024) });
    expect([answer.status, await answer.json()]).toMatchObject([413, { errors: [{ code: 'TOO_LARGE' }] }]);
  });

  test.each([
    { reason: 'said to be of 50 MB', more: { 'content-length': String(50 * 1024 * 1024) } },
    { reason: 'without an end', more: { 'transfer-encoding': 'chunked' } },
  ])('a body $reason is 413 at once, the connection is closed and memory stays flat', async ({ more }) => {
    const before = process.memoryUsage().rss;
    const { status, closed, bytes } = await pour('/v1/alerts', more);
    expect(status).toBe(413);
    await closed;
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
    expect(bytes()).toBeGreaterThan(1024 * 1024);
    expect((await post('/v1/alerts', alerts({}))).status).toBe(200);
  });

  test('more requests at once than are worked on are told to come back', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    onSend = () => gate;
    const waiting = Array.from({ length: 16 }, () => post('/v1/alerts', alerts({})));
    await sleep(200);
    const answer = await post('/v1/alerts', alerts({}));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '10']);
    open();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(waiting.map(() => 200));
  });

  test('a storm costs a bounded number of sends at a time, one for each resource and type', async () => {
    let underWay = 0;
    let most = 0;
    onSend = async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await sleep(1);
      underWay -= 1;
    };
    // As many as fit into one body; the same hundred resources again and again.
    const storm = alerts(
      ...Array.from({ length: 2_000 }, (_, index) => ({ labels: { resource_id: `web-${index % 100}` } })),
    );
    const answers = await Promise.all(Array.from({ length: 5 }, () => post('/v1/alerts', storm)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(sent).toHaveLength(500);
    expect(most).toBeLessThanOrEqual(5 * 8);
  });
});

/** Pours bytes into a request until the other side closes; nothing of ours waits for it to read them. */
function pour(path: string, more: Readonly<Record<string, string>>) {
  const chunk = Buffer.alloc(64 * 1024, 0x20);
  const { hostname, port } = new URL(server.url);
  let bytes = 0;
  return new Promise<{ readonly status: number; readonly closed: Promise<void>; bytes(): number }>((resolve) => {
    const request = httpRequest({ hostname, port, path, method: 'POST', headers: { ...headers, ...more } });
    const closed = new Promise<void>((ended) => void request.once('close', () => ended()));
    const write = () => {
      while (!request.destroyed && bytes < 45 * 1024 * 1024) {
        bytes += chunk.length;
        if (!request.write(chunk)) return void request.once('drain', write);
      }
    };
    request.on('error', () => undefined);
    request.once('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, closed, bytes: () => bytes });
    });
    write();
  });
}
