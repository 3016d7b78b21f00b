import { join } from 'node:path';
import { writeFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { toHealWorkflowId, toReconcileWorkflowId } from '../../src/domain/identity.ts';
import { taskQueues } from '../../src/domain/messages.ts';
import type { PlanningResult, PlanPreview } from '../../src/domain/run.ts';
import { createRuntime, type RunningRuntime } from '../../src/runtime/runtime.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { closedIncident } from '../support/closed-incident.ts';
import { reportIssue } from '../support/report-issue.ts';
import { startTestBed, widgetKey, withoutMachine, type TestBed } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';
import { createWidgetAgent } from '../support/widget-agent.ts';

/** Resources that only one host can reach, with two hosts and one that is gone. */
let bed: TestBed;
let other: RunningRuntime;
beforeAll(async () => {
  bed = await startTestBed({ hostBoundFrom: 0 });
  const { servers, effects } = bed;
  other = await createRuntime({
    agents: [createWidgetAgent({ effectServer: effects.url, hostBoundFrom: 0 })],
    config: loadConfig({
      environment: { HOMEOSTAT_ROLES: 'worker' },
      overrides: {
        dataDir: join(servers.folder, 'host-b'),
        temporal: { address: servers.temporalAddress },
        etcd: { endpoints: [...servers.etcdEndpoints] },
      },
    }),
    log: createLogger('info', join(servers.folder, 'runtime-b.log')),
  }).start();
});
afterAll(async () => {
  await other?.stop();
  await bed?.stop();
});

const setOwner = (name: string, owner: string) =>
  bed.servers.state.changeActual(widgetKey(name), (current) =>
    current === undefined ? 'unchanged' : { ...current, status: { ...current.status, owner } },
  );

/** Where a run looked at the thing, in order, and what came of each look. */
async function looksOf(workflowId: string, runId: string) {
  const { events } = await bed.servers.client.workflow.getHandle(workflowId, runId).fetchHistory();
  return events!.flatMap(({ eventId, activityTaskScheduledEventAttributes: scheduled }) => {
    if (scheduled?.activityType?.name !== 'observeAndPlan') return [];
    const completed = events!
      .map(({ activityTaskCompletedEventAttributes }) => activityTaskCompletedEventAttributes)
      .find((one) => one?.scheduledEventId?.toString() === eventId!.toString());
    const answer = JSON.parse(Buffer.from(completed!.result!.payloads![0]!.data!).toString()) as PlanningResult;
    return [{ queue: scheduled.taskQueue!.name, answer }];
  });
}

test('a resource is sent on to the host that owns it, whichever host was asked first', async () => {
  const hosts = [bed.runtime.host, other.host];
  const sentOn = new Set<string>();
  // Half of them are asked about where they are, by chance.
  for (let index = 0; index < 40 && sentOn.size < hosts.length; index += 1) {
    const owner = hosts[index % hosts.length]!;
    const name = `owned-${index}`;
    await bed.put(name, { size: 1 });
    await bed.settled(name);
    await bed.closed(name);
    await setOwner(name, owner);
    // Without a hint of the watcher's nobody knows the owner beforehand.
    const workflowId = toReconcileWorkflowId(widgetKey(name));
    const { signaledRunId } = await bed.servers.client.workflow.signalWithStart('reconcile', {
      workflowId,
      taskQueue: 'homeostat',
      args: [{ resource: widgetKey(name), searchAttributes: false }],
      signal: 'retry',
    });
    await bed.closed(name);
    expect((await bed.actual(name))?.status).toMatchObject({ state: 'Running', owner });
    const [first, ...others] = await looksOf(workflowId, signaledRunId);
    if (others.length === 0) continue;
    expect(first).toMatchObject({ queue: taskQueues.tools, answer: { type: 'elsewhere', host: owner } });
    expect(others).toEqual([{ queue: taskQueues.host(owner), answer: expect.objectContaining({ type: 'nothing' }) }]);
    sentOn.add(owner);
    await bed.record(name, `elsewhere-${index}`);
  }
  expect([...sentOn].toSorted()).toEqual(hosts.toSorted());
});

test.concurrent('a host that is gone blocks its resources and never yields a create or a delete', async () => {
  await bed.put('orphan', { size: 1 });
  await bed.settled('orphan');
  await bed.closed('orphan');
  await setOwner('orphan', 'host-gone');
  const before = bed.effects.effects().length;
  await bed.put('orphan', { size: 2 });
  const record = await waitFor(
    'the block',
    async () => {
      const found = await bed.actual('orphan');
      return found?.status.conditions.some(({ reason }) => reason === 'HOST_UNREACHABLE') === true ? found : undefined;
    },
    60_000,
  );
  expect(record.status).toMatchObject({ state: 'Running', owner: 'host-gone' });
  expect(record.status.retryAt).toBeDefined();
  expect(bed.effects.effects()).toHaveLength(before);
  await bed.record('orphan', 'host-unreachable');
});

test.concurrent('a treatment waits for a host that is away, and goes on where the thing can be reached', async () => {
  const key = widgetKey('revived');
  const healId = toHealWorkflowId(key, 'service_down');
  await bed.put('revived', { size: 1 });
  await bed.settled('revived');
  await bed.closed('revived');
  await setOwner('revived', 'host-gone');
  await reportIssue(bed.servers.client, key);
  await waitFor('it to be found away', async () => {
    const { events } = await bed.servers.client.workflow.getHandle(healId).fetchHistory();
    return events!.some(({ timerStartedEventAttributes }) => Boolean(timerStartedEventAttributes));
  });
  await setOwner('revived', other.host);
  expect(await closedIncident(bed.servers.state.incidents, key)).toMatchObject({ state: 'resolved', attempts: [] });
  await bed.recordRun(healId, 'heal-waited-for-host');
});

describe('a host that has too much to do', () => {
  let busy: TestBed;
  beforeAll(async () => {
    busy = await startTestBed({
      hostBoundFrom: 0,
      timeoutMs: 60_000,
      config: { runtime: { concurrentActivities: 1 } },
    });
  });
  afterAll(() => busy?.stop());

  const underWay = (name: string) =>
    waitFor(`a step of ${name}`, async () =>
      (await busy.servers.state.ledger.listOpen(widgetKey(name))).find(({ entry }) => entry.state === 'intent'),
    );
  /** What was lying too long; and that nobody was told that the host is gone, or had the work done twice. */
  const waited = async (name: string) => {
    expect((await busy.settled(name)).status.state).toBe('Running');
    await busy.closed(name);
    const records = await busy.servers.state.audit.list(widgetKey(name));
    expect(records.filter(({ detail }) => detail.outcome === 'blocked')).toEqual([]);
    expect(busy.effects.effects().filter(({ object }) => object === `default.widget.${name}`)).toHaveLength(1);
    const handle = busy.servers.client.workflow.getHandle(toReconcileWorkflowId(widgetKey(name)));
    const { events } = await handle.fetchHistory();
    const late = events!.flatMap(({ activityTaskTimedOutEventAttributes: lost }) => lost ?? []);
    return late.map(
      ({ scheduledEventId }) =>
        events!.find(({ eventId }) => String(eventId) === String(scheduledEventId))!
          .activityTaskScheduledEventAttributes!.activityType!.name!,
    );
  };

  /** Has the host be busy for longer than its queue may leave a task lying. */
  const beginLong = async (name: string) => {
    await busy.effects.setBehaviour({ delayMs: 20_000 }, `default.widget.${name}`);
    await busy.put(name, { size: 1 });
  };

  test('is waited for with a step, be it new or tried again', async () => {
    // Fails as late as the next is in the queue, for however often that takes; each attempt frees the host.
    await busy.effects.setBehaviour({ delayMs: 6_000, failBefore: true }, 'default.widget.failed-late');
    await busy.put('failed-late', { size: 1 });
    await underWay('failed-late');
    await beginLong('long');
    await underWay('long');
    await busy.effects.setBehaviour({}, 'default.widget.failed-late');
    await busy.put('begun-late', { size: 1 });
    expect(await waited('begun-late')).toContain('executeStep');
    expect(await waited('failed-late')).toContain('executeStep');
    const [tried] = await busy.servers.state.ledger.list(widgetKey('failed-late'));
    expect(tried?.entry).toMatchObject({ state: 'done' });
    expect(tried!.entry.earlierAttempts).toBeGreaterThan(0);
    expect(tried!.entry.attempt).toBe(tried!.entry.earlierAttempts! + 1);
    await busy.record('begun-late', 'host-busy');
  });

  test('is waited for with the last look', { timeout: 200_000 }, async () => {
    let late: readonly string[] = [];
    // The server may hand that look out before what lies in the queue already: then once more.
    for (let tried = 1; tried <= 5 && late.length === 0; tried += 1) {
      const name = `looked-late-${tried}`;
      // Long enough for the next to be in the queue before that look.
      await busy.effects.setBehaviour({ delayMs: 10_000 }, `default.widget.${name}`);
      await busy.put(name, { size: 1 });
      await underWay(name);
      await beginLong(`longer-${tried}`);
      await underWay(`longer-${tried}`);
      late = await waited(name);
      if (late.length > 0) await busy.record(name, 'host-busy-at-the-end');
    }
    expect(late).toContain('verifyAndRecord');
  });
});

test('a preview is the same planning with nothing written and nothing done', async () => {
  const { client, state, keys } = bed.servers;
  const before = await state.store.list(`${keys.root}/`);
  const effects = bed.effects.effects().length;
  const handle = await client.workflow.start('plan', {
    workflowId: 'plan.default.Widget.preview.1',
    taskQueue: 'homeostat',
    args: [
      {
        resource: widgetKey('preview'),
        desired: {
          apiVersion: 'homeostat/v1',
          kind: 'Widget',
          metadata: { name: 'preview' },
          spec: { size: 3, steps: 2 },
        },
      },
    ],
  });
  const preview = (await handle.result()) as PlanPreview;
  expect(preview).toMatchObject({ type: 'plan', change: 'create', needsApproval: false });
  const withoutHosts = (entries: readonly { key: string }[]) =>
    entries.filter(({ key }) => !key.startsWith(keys.hostsPrefix));
  expect(withoutHosts((await state.store.list(`${keys.root}/`)).entries)).toEqual(withoutHosts(before.entries));
  expect(bed.effects.effects()).toHaveLength(effects);
  if (process.env.HOMEOSTAT_TEST_RECORD === '1') {
    const folder = fileURLToPath(new URL('../replay/histories/', import.meta.url));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'plan-preview.json'), `${withoutMachine(historyToJSON(await handle.fetchHistory()))}\n`);
  }
});
