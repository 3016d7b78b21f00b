import { kill } from 'node:process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ConfigInput } from '../../src/config/config-schema.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { toReconcileWorkflowId, type ResourceKey } from '../../src/domain/identity.ts';
import { defaultPayloadConverter } from '@temporalio/common';
import { createRuntime } from '../../src/runtime/runtime.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { toAlert, toWebhook } from '../support/alerts.ts';
import { startTestBed, widgetKey, type TestBed } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

const token = 'a-token-of-a-test';
let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed({ config: { intake: { token } } });
});
afterAll(() => bed?.stop());

const post = (path: string, body: object, authorization = `Bearer ${token}`) =>
  fetch(`${bed.runtime.intakeUrl}${path}`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const webhookOf = (...names: readonly string[]) =>
  toWebhook(names.map((name) => toAlert({ labels: { resource_kind: 'Widget', resource_id: name } })));
const logText = () => readFileSync(join(bed.servers.folder, 'runtime.log'), 'utf8');

/** Payloads of all signals of a name in all runs of the resource. */
async function signalsOf(key: ResourceKey, name: string): Promise<readonly unknown[]> {
  const workflowId = toReconcileWorkflowId(key);
  const found: unknown[] = [];
  for await (const { runId } of bed.servers.client.workflow.list({ query: `WorkflowId = "${workflowId}"` })) {
    const { events } = await bed.servers.client.workflow.getHandle(workflowId, runId).fetchHistory();
    for (const { workflowExecutionSignaledEventAttributes: signal } of events ?? []) {
      if (signal?.signalName !== name) continue;
      found.push(...(signal.input?.payloads ?? []).map((payload) => defaultPayloadConverter.fromPayload(payload)));
    }
  }
  return found;
}
const countRuns = async () => (await bed.servers.client.workflow.count()).count;

describe('a runtime with a token', () => {
  test("an alert becomes the signal `issue` in the history of its resource's run", async () => {
    await bed.put('web', { size: 1 });
    await bed.settled('web');
    const answer = await post('/v1/alerts', webhookOf('web', 'nowhere'));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      taken: [{ resource: 'Widget/web', type: 'service_down', status: 'firing', alerts: 1 }],
      refused: [{ alert: 'service_down on Widget/nowhere', errors: [{ code: 'NOT_FOUND', path: 'Widget/nowhere' }] }],
    });
    const [payload] = await waitFor('the signal', async () => {
      const signals = await signalsOf(widgetKey('web'), 'issue');
      return signals.length > 0 ? signals : undefined;
    });
    expect(payload).toMatchObject({
      status: 'firing',
      issue: { type: 'service_down', resource: 'Widget/web', severity: 'critical', since: '2026-11-21T09:58:00.000Z' },
    });
  });

  test('what is refused starts no run', async () => {
    await bed.closed('web');
    const before = await countRuns();
    expect((await post('/v1/alerts', webhookOf('web'), 'Bearer another')).status).toBe(401);
    expect((await post('/v1/issues', { type: 'service_down', resource: 'Widget/nowhere' })).status).toBe(404);
    expect((await post('/v1/issues', {})).status).toBe(400);
    expect((await post('/v1/alerts', webhookOf('nowhere', 'Web'))).status).toBe(200);
    expect(await countRuns()).toBe(before);
  });

  test('the token is in no line of the log', () => {
    expect(logText()).toContain('alerts are taken in');
    expect(logText()).not.toContain(token);
  });

  test('while Temporal is away it is 503 with a time to come back, and then it is taken', async () => {
    kill(await bed.servers.pidOf('temporal'), 'SIGKILL');
    const answer = await post('/v1/alerts', webhookOf('web'));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '10']);
    expect(await answer.json()).toMatchObject({ errors: [{ code: 'TEMPORAL_UNAVAILABLE' }] });
    await bed.servers.restart();
    await waitFor('the alert to be taken', async () => (await post('/v1/alerts', webhookOf('web'))).status === 200);
  });

  test('while etcd is away it is 503 too', async () => {
    kill(await bed.servers.pidOf('etcd'), 'SIGKILL');
    const answer = await post('/v1/alerts', webhookOf('web'));
    expect([answer.status, await answer.json()]).toMatchObject([503, { errors: [{ code: 'STORE_UNAVAILABLE' }] }]);
    await bed.servers.restart();
    await waitFor('the alert to be taken', async () => (await post('/v1/alerts', webhookOf('web'))).status === 200);
  });
});

test('a runtime that only works, and one without a token, open no door', async () => {
  const start = (config: ConfigInput) =>
    createRuntime({
      agents: [],
      config: loadConfig({
        environment: {},
        overrides: {
          ...config,
          dataDir: join(bed.servers.folder, 'host-b'),
          temporal: { address: bed.servers.temporalAddress },
          etcd: { endpoints: [...bed.servers.etcdEndpoints] },
        },
      }),
      log: createLogger('info', join(bed.servers.folder, 'other.log')),
    }).start();
  const worker = await start({ intake: { token }, runtime: { roles: ['worker'] } });
  expect(worker.intakeUrl).toBeUndefined();
  await worker.stop();
  const watcher = await start({ runtime: { roles: ['watcher'] } });
  expect(watcher.intakeUrl).toBeUndefined();
  await watcher.stop();
  const log = readFileSync(join(bed.servers.folder, 'other.log'), 'utf8');
  expect(log.match(/no alerts are taken in/g)).toHaveLength(1);
});
