import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkHealth } from '../../../src/agents/instance/check-health.ts';
import { createFakeDriver } from './fake-driver.ts';

let server: Server;
let port: number;
beforeAll(async () => {
  server = createServer((request, response) => {
    response.statusCode = request.url === '/ok' ? 200 : 302;
    response.setHeader('location', '/ok');
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => void server.close());

const target = {
  driver: createFakeDriver(undefined),
  instance: { tenant: 'default', kind: 'Instance', name: 'web' },
  signal: new AbortController().signal,
};

describe('a health check', () => {
  test('over HTTP takes 2xx for healthy and follows nobody elsewhere', async () => {
    expect(await checkHealth({ type: 'http', port, path: '/ok' }, target)).toEqual({
      healthy: true,
      detail: 'http 200',
    });
    expect(await checkHealth({ type: 'http', port, path: '/moved' }, target)).toEqual({
      healthy: false,
      detail: 'http 302',
    });
  });

  test('over TCP takes an open port for healthy', async () => {
    expect((await checkHealth({ type: 'tcp', port }, target)).healthy).toBe(true);
    expect((await checkHealth({ type: 'tcp', port: 1 }, target)).healthy).toBe(false);
  });

  test('by a program takes its exit code; no shell reads the words', async () => {
    expect((await checkHealth({ type: 'exec', command: ['/bin/true'] }, target)).healthy).toBe(true);
    expect((await checkHealth({ type: 'exec', command: ['/bin/false'] }, target)).healthy).toBe(false);
    expect((await checkHealth({ type: 'exec', command: ['/bin/no-such'] }, target)).healthy).toBe(false);
    const words = ['/usr/bin/test', '$(echo x); true', '=', '$(echo x); true'];
    expect((await checkHealth({ type: 'exec', command: words }, target)).healthy).toBe(true);
  });

  test("by a program does not see the runtime's own secrets", async () => {
    process.env.HOMEOSTAT_SECRET_PROBE = 'hunter2';
    try {
      const command = ['/bin/sh', '-c', 'test -z "$HOMEOSTAT_SECRET_PROBE"'];
      expect((await checkHealth({ type: 'exec', command }, target)).healthy).toBe(true);
    } finally {
      delete process.env.HOMEOSTAT_SECRET_PROBE;
    }
  });

  test('that is cancelled is unhealthy, and never throws', async () => {
    const cancelled = { ...target, signal: AbortSignal.abort() };
    expect((await checkHealth({ type: 'http', port, path: '/ok' }, cancelled)).healthy).toBe(false);
    expect((await checkHealth({ type: 'tcp', port }, cancelled)).healthy).toBe(false);
    expect((await checkHealth({ type: 'exec', command: ['/bin/true'] }, cancelled)).healthy).toBe(false);
  });
});
