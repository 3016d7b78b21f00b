import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import { createTell } from '../../../src/runtime/create-tell.ts';
import type { Logger } from '../../../src/telemetry/logger.ts';
import { passTime, useFakeTime } from '../../support/fake-time.ts';

useFakeTime();
afterEach(() => vi.unstubAllGlobals());

const told = {
  event: 'approval-pending',
  title: 'Widget/web waits',
  text: '',
  severity: 'warning',
  resource: { tenant: 'default', kind: 'Widget', name: 'web' },
} as const;

function setUp() {
  const warned: unknown[] = [];
  const log = { info: () => {}, warn: (fields: object) => void warned.push(fields) } as unknown as Logger;
  const webhooks = [{ url: 'http://127.0.0.1:1/hook', format: 'json' as const }];
  const servers = { temporal: { address: '127.0.0.1:1' }, etcd: { endpoints: ['127.0.0.1:1'] } };
  const tell = createTell(loadConfig({ environment: {}, overrides: { ...servers, notify: { webhooks } } }), log);
  return { warned, tell: () => tell(told, { workflowId: 'w', runId: 'r' }) };
}

test('whoever tells a webhook that does not answer waits two seconds, and it is warned of in the end', async () => {
  vi.stubGlobal('fetch', () => new Promise(() => {}));
  const { warned, tell } = setUp();
  const from = performance.now();
  await passTime(tell());
  expect(performance.now() - from).toBe(2_000);
  expect(warned).toEqual([]);
  await passTime(sleep(13_000));
  expect(warned).toMatchObject([{ channel: 'notify.webhooks[0]', cause: 'took longer than 15 s' }]);
});

test('whoever tells one that answers does not wait on', async () => {
  vi.stubGlobal('fetch', async () => new Response('ok'));
  await setUp().tell();
  expect(vi.getTimerCount()).toBe(0);
});
