import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toHealWorkflowId, toReconcileWorkflowId } from '../../../src/domain/identity.ts';
import { createTelemetry } from '../../../src/telemetry/create-telemetry.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { toReplayOptions } from '../../../src/workers/workflow-bundle.ts';
import { loadTestBundle } from '../../support/workflow-bundle.ts';
import { closedIncident } from '../../support/closed-incident.ts';
import { startFakeCollector, type CollectedSpan, type FakeCollector } from '../../support/fake-collector.ts';
import { startTestBed, widgetKey, type TestBed } from '../../support/test-bed.ts';
import { waitFor } from '../../support/wait-for.ts';

let collector: FakeCollector;
let bed: TestBed;
beforeAll(async () => {
  collector = await startFakeCollector();
  bed = await startTestBed({ config: { telemetry: { traces: collector.url } }, maxCachedWorkflows: 2 });
});
afterAll(async () => {
  await bed?.stop();
  await collector?.stop();
});

const about = (name: string) =>
  collector.spans.filter(({ attributes }) => attributes['homeostat.run'] === toReconcileWorkflowId(widgetKey(name)));
const childrenOf = (parent: CollectedSpan) =>
  collector.spans
    .filter(({ traceId, parentSpanId }) => traceId === parent.traceId && parentSpanId === parent.spanId)
    .toSorted((left, right) => left.startedAt - right.startedAt);
/** The spans of the resource's runs, once as many have ended. */
const runsOf = (name: string, count = 1): Promise<CollectedSpan[]> =>
  waitFor(`${count} runs of ${name} in the collector`, () => {
    const runs = about(name).filter((span) => span.name === 'run reconcile');
    return runs.length >= count && runs.toSorted((left, right) => left.startedAt - right.startedAt);
  });
const parentOf = (child: CollectedSpan): CollectedSpan => {
  const parent = collector.spans.find(
    ({ traceId, spanId }) => traceId === child.traceId && spanId === child.parentSpanId,
  );
  if (parent === undefined) throw new Error(`the parent of ${child.name} was not collected`);
  return parent;
};

test('one trace leads from the etcd event by hint, run and activities to the etcd write', async () => {
  await bed.put('traced', { size: 7, steps: 2 }, { labels: { team: 'no-business-of-traces' } });
  await bed.settled('traced');
  const [run] = await runsOf('traced');
  const hint = parentOf(run!);
  const event = parentOf(hint);
  expect([event.name, hint.name, run!.name]).toEqual(['watch desired-changed', 'signal-with-start', 'run reconcile']);
  expect(event.parentSpanId).toBeUndefined();
  const { desired, actual } = await bed.servers.state.resources.read(widgetKey('traced'));
  expect(event.attributes).toMatchObject({
    'homeostat.tenant': 'default',
    'homeostat.kind': 'Widget',
    'homeostat.name': 'traced',
    'homeostat.run': 'reconcile.default.Widget.traced',
    'homeostat.revision': String(desired!.modRevision),
  });
  const activities = childrenOf(run!);
  expect(activities.map(({ name }) => name)).toEqual([
    'observeAndPlan',
    'executeStep prepare_widget',
    'executeStep put_widget',
    'verifyAndRecord',
  ]);
  const seal = activities[0]!.attributes['homeostat.seal'];
  expect(seal).toMatch(/^[0-9a-f]{64}$/);
  for (const activity of activities) {
    expect(activity.attributes).toMatchObject({ 'homeostat.seal': seal, 'temporal.attempt': '1' });
    expect(childrenOf(activity).map(({ name }) => name)).toContain('etcd commit');
  }
  const writes = childrenOf(activities.at(-1)!);
  expect(writes.at(-1)!.attributes).toMatchObject({
    'homeostat.etcd.revision': String(actual!.modRevision),
    'homeostat.etcd.keys': expect.arrayContaining(['/homeostat/actual/default/Widget/traced']) as unknown,
  });
  expect(run!.attributes).toMatchObject({ 'homeostat.outcome': 'converged' });
  expect(run!.resource).toMatchObject({ 'service.name': 'homeostat', 'host.name': bed.runtime.host });
  // Nothing of what was wanted, and nothing that a step was given, is in any span.
  expect(JSON.stringify(collector.spans)).not.toMatch(/no-business-of-traces|"size"|externalName/);
});

test('an event that is folded into an open run is linked from the run and from what answers it', async () => {
  await bed.put('folded', { size: 1 });
  await bed.settled('folded');
  await bed.remove('folded');
  await bed.condition('folded', 'AwaitingApproval');
  await bed.put('folded', { size: 2 });
  await bed.settled('folded');
  const [, run] = await runsOf('folded', 2);
  const event = about('folded')
    .filter(({ name }) => name === 'watch desired-changed')
    .at(-1)!;
  const [hint] = childrenOf(event);
  const link = { traceId: hint!.traceId, spanId: hint!.spanId };
  expect(link.traceId).not.toBe(run!.traceId);
  expect(run!.links).toEqual([link]);
  const activities = childrenOf(run!);
  expect(activities.map(({ name, links }) => ({ name, linked: links.length }))).toEqual([
    { name: 'observeAndPlan', linked: 0 },
    { name: 'openRequest', linked: 0 },
    { name: 'closeRequest', linked: 1 },
    { name: 'observeAndPlan', linked: 1 },
    { name: 'executeStep put_widget', linked: 1 },
    { name: 'verifyAndRecord', linked: 1 },
  ]);
  expect(activities.at(-1)!.links).toEqual([link]);
});

test('what a run could not bring about is treated in the trace of its event, up to the write that says how it ended', async () => {
  await bed.effects.setBehaviour({ refuse: true }, 'default.widget.refused');
  await bed.put('refused', { size: 1 });
  await closedIncident(bed.servers.state.incidents, widgetKey('refused'), 'resource_error');
  const [run] = await runsOf('refused');
  const healId = toHealWorkflowId(widgetKey('refused'), 'resource_error');
  const heal = collector.spans.find(
    ({ name, attributes }) => name === 'run heal' && attributes['homeostat.run'] === healId,
  );
  expect(heal).toMatchObject({ traceId: run!.traceId, parentSpanId: run!.parentSpanId });
  expect(parentOf(parentOf(heal!)).name).toBe('watch desired-changed');
  const written = childrenOf(heal!)
    .flatMap(childrenOf)
    .flatMap(({ attributes }) => attributes['homeostat.etcd.keys'] ?? []);
  expect(written).toContain('/homeostat/incidents/default/Widget/refused/resource_error');
});

test('a run that is asked in its wait, put out of the cache and gone on with repeats as it was', async () => {
  await bed.put('asked', { size: 1 });
  await bed.settled('asked');
  await bed.remove('asked');
  await bed.condition('asked', 'AwaitingApproval');
  const handle = bed.servers.client.workflow.getHandle(toReconcileWorkflowId(widgetKey('asked')));
  const ask = async () => {
    for (const query of ['status', 'plan', 'progress']) await handle.query(query);
  };
  await ask();
  // The cache holds two: these put it out, and it is made anew from its history for the next question.
  for (const other of ['other-1', 'other-2', 'other-3']) await bed.put(other, { size: 1 });
  for (const other of ['other-1', 'other-2', 'other-3']) await bed.settled(other);
  await ask();
  const [request] = (await bed.servers.state.approvals.list('default', 'pending')).filter(
    ({ resource }) => resource.name === 'asked',
  );
  await bed.signal('asked', 'approve', { seal: request!.seal, approver: 'ann' });
  await waitFor('it to be gone', async () => (await bed.actual('asked')) === undefined);
  await bed.closed('asked');
  const runs = await runsOf('asked', 2);
  expect(runs.map(({ attributes }) => attributes['homeostat.outcome'])).toEqual(['converged', 'gone']);

  const histories = await Promise.all(
    runs.map(async ({ attributes }) => {
      const runId = String(attributes['temporal.run_id']);
      const workflowId = toReconcileWorkflowId(widgetKey('asked'));
      return { workflowId, history: await bed.servers.client.workflow.getHandle(workflowId, runId).fetchHistory() };
    }),
  );
  const second = await startFakeCollector();
  const telemetry = await createTelemetry({
    traces: second.url,
    version: '0',
    host: 'host-b',
    owners: new Map(),
    issueTypes: [],
    sdkMetricsAddress: undefined,
    log: createLogger('silent'),
  });
  const bundle = await loadTestBundle();
  const options = { ...toReplayOptions(bundle), sinks: telemetry.sinks, maxCachedWorkflows: 2 };
  for await (const { error } of Worker.runReplayHistories(options, histories)) {
    expect(error).toBeUndefined();
  }
  // And tells of nothing a second time.
  await telemetry.close();
  expect(second.spans).toEqual([]);
  expect(about('asked').filter(({ name }) => name === 'run reconcile')).toHaveLength(2);
  await second.stop();
});
