import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkHealth } from '../../../src/agents/instance/check-health.ts';
import { createHostProcesses } from '../../../src/drivers/process/host-processes.ts';
import { waitFor } from '../../support/wait-for.ts';
import { createFakeDriver } from './fake-driver.ts';

const host = createHostProcesses();
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

  test('over HTTP goes by the status and does not wait for what follows it', async () => {
    const slow = createServer((_, response) => void response.write('x'.repeat(100_000)));
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
    const check = { type: 'http', port: (slow.address() as AddressInfo).port, path: '/ä b?c#d' } as const;
    expect(await checkHealth(check, target)).toEqual({ healthy: true, detail: 'http 200' });
    slow.close();
  });

  test('over HTTP that gets no answer says so in time', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const check = { type: 'http', port: (silent.address() as AddressInfo).port, path: '/' } as const;
    expect(await checkHealth(check, target)).toEqual({
      healthy: false,
      detail: 'The operation was aborted due to timeout',
    });
    silent.close();
  });

  test('over HTTP asks on any port, those browsers refuse as well', async () => {
    const listen = (number: number) =>
      new Promise<Server | undefined>((resolve) => {
        const listening = createServer((_, response) => response.end());
        listening.once('error', () => resolve(undefined));
        listening.listen(number, '127.0.0.1', () => resolve(listening));
      });
    for (const number of [10_080, 6_697, 6_000]) {
      const listening = await listen(number);
      // Somebody else has it.
      if (listening === undefined) continue;
      const health = await checkHealth({ type: 'http', port: number, path: '/' }, target);
      listening.close();
      expect(health).toEqual({ healthy: true, detail: 'http 200' });
    }
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

  test('by a program gets the variables of the instance, but not its secrets', async () => {
    const settings = {
      image: 'app',
      command: ['run'],
      env: { MODE: 'fast', PASSWORD: { secretRef: 'db' } },
      ports: [4711],
      files: {},
      scratch: [],
      type: 'small',
    };
    const driver = createFakeDriver({ settings });
    const command = ['/bin/sh', '-c', 'test "$MODE$PORT" = fast4711 && test -z "$PASSWORD"'];
    expect(await checkHealth({ type: 'exec', command }, { ...target, driver })).toEqual({
      healthy: true,
      detail: '/bin/sh said yes',
    });
  });

  test('by a program tells the end of what it said, and ends one that floods or hangs', async () => {
    const run = (script: string) => checkHealth({ type: 'exec', command: ['/bin/sh', '-c', script] }, target);
    expect(await run('echo the disk is gone >&2; exit 3')).toEqual({
      healthy: false,
      detail: '/bin/sh exited with 3: the disk is gone',
    });
    const secret = await run(`echo "token ghp_${'a'.repeat(36)} ${'x'.repeat(191)}"; exit 1`);
    expect(secret.detail).toMatch(/: \[secret\] x{191}$/);
    const flood = await run('while :; do echo 0123456789; done');
    expect(flood.healthy).toBe(false);
    expect(flood.detail.length).toBeLessThan(500);
    const startedAt = performance.now();
    expect((await run('trap "" TERM; while :; do sleep 1; done')).healthy).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(8_000);
  });

  test('by a program that hangs or floods leaves nothing running that it started', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'homeostat-check-'));
    const file = join(folder, 'child');
    try {
      for (const then of ['wait', 'exit 0', 'while :; do echo 0123456789; done']) {
        const script = `trap "" TERM; sleep 60 & echo $! > ${file}; ${then}`;
        const health = await checkHealth({ type: 'exec', command: ['/bin/sh', '-c', script] }, target);
        expect(health.healthy).toBe(false);
        const child = Number(await readFile(file, 'utf8'));
        await waitFor('the child is gone', async () => (await host.find(child))?.isZombie !== false, 5_000);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('that is cancelled is unhealthy, and never throws', async () => {
    const cancelled = { ...target, signal: AbortSignal.abort() };
    expect((await checkHealth({ type: 'http', port, path: '/ok' }, cancelled)).healthy).toBe(false);
    expect((await checkHealth({ type: 'tcp', port }, cancelled)).healthy).toBe(false);
    expect((await checkHealth({ type: 'exec', command: ['/bin/true'] }, cancelled)).healthy).toBe(false);
  });
});
