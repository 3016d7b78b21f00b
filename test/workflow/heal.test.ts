import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toHealWorkflowId } from '../../src/domain/identity.ts';
import { signalNames, workflowTypes } from '../../src/domain/messages.ts';
import { toReconcileStart } from '../../src/starters/reconcile-start.ts';
import { closedIncident } from '../support/closed-incident.ts';
import { freezeProcess } from '../support/freeze-process.ts';
import { reportIssue } from '../support/report-issue.ts';
import { startTestBed, widgetKey, type TestBed } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** From a reported fault to a proven repair, or to people with all that is known. */
let bed: TestBed;
/** What people were told, by a webhook. */
const told: { readonly event: string; readonly title: string; readonly text: string }[] = [];
const webhook = createServer((request, response) => void hear(request, response));
async function hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
  told.push(JSON.parse(await text(request)) as (typeof told)[number]);
  response.end();
}
beforeAll(async () => {
  await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/`;
  bed = await startTestBed({
    config: { sweep: { every: '1h' }, notify: { webhooks: [{ url, format: 'json' }] } },
  });
});
afterAll(async () => {
  await bed?.stop();
  webhook.close();
});
const toldOf = (event: string, name: string) =>
  waitFor(`people to be told ${event} of ${name}`, () =>
    told.find((one) => one.event === event && one.title.includes(name)),
  );
beforeEach(() => bed.effects.setBehaviour({ refuse: false }));

const report = (name: string, ...rest: DropTwo<Parameters<typeof reportIssue>>) =>
  reportIssue(bed.servers.client, widgetKey(name), ...rest);
type DropTwo<All extends readonly unknown[]> = All extends readonly [unknown, unknown, ...infer Rest] ? Rest : never;
const closed = (name: string, type?: string) => closedIncident(bed.servers.state.incidents, widgetKey(name), type);
const running = async (name: string, spec: object = { size: 1 }) => {
  await bed.put(name, spec);
  await bed.settled(name);
};
const external = (name: string) => `default.widget.${name}`;
const breakIt = (name: string, size = 99) => bed.effects.meddle(external(name), 'put', { size });
const sizeOf = async (name: string) => (await bed.effects.objects())[external(name)]?.size;
const ownEffects = (name: string) =>
  bed.effects.effects().filter(({ key, object }) => object === external(name) && !key.startsWith('meddler'));
const pendingOf = async (name: string) =>
  (await bed.servers.state.approvals.list('default', 'pending')).filter(({ resource }) => resource.name === name);
const record = (name: string, branch: string, type = 'service_down') =>
  bed.recordRun(toHealWorkflowId(widgetKey(name), type), branch);

async function startRetry(name: string): Promise<void> {
  const start = toReconcileStart(widgetKey(name), true);
  await bed.servers.client.workflow.signalWithStart(workflowTypes.reconcile, {
    ...start,
    args: [...start.args],
    signal: signalNames.retry,
    signalArgs: [],
  });
}

test('a fault is repaired by the rules and proven by its own check; the run of the resource waits meanwhile', async () => {
  await running('broken');
  await breakIt('broken');
  await report('broken');
  const incident = await closed('broken');
  expect(incident).toMatchObject({
    state: 'resolved',
    severity: 'warning',
    proof: 'it is as desired, for 5 s without a break',
    attempts: [{ steps: ['s1 put_widget: done'], outcome: expect.stringContaining('gone: ') as string }],
  });
  expect(await sizeOf('broken')).toBe(1);
  expect(ownEffects('broken')).toHaveLength(2);
  await bed.closed('broken');
  await record('broken', 'heal-repaired');
  await bed.record('broken', 'healed');
  const types = (await bed.servers.state.audit.list(widgetKey('broken'))).map(({ type }) => type);
  expect(types.filter((type) => type.startsWith('incident'))).toEqual(['incident-opened', 'incident-closed']);
  expect(await bed.servers.state.audit.verify(widgetKey('broken'))).toBeUndefined();
  await toldOf('moderate-step', 'broken');
  await toldOf('incident-resolved', 'broken');
});

test('an alert about nothing touches nothing', async () => {
  await running('sound');
  await report('sound');
  expect(await closed('sound')).toMatchObject({
    state: 'resolved',
    attempts: [],
    proof: expect.stringContaining('no fault was found') as string,
  });
  expect(ownEffects('sound')).toHaveLength(1);
  await record('sound', 'heal-no-fault');
});

test('forty alerts are one incident and one repair', async () => {
  await running('noisy');
  await breakIt('noisy');
  await Promise.all(Array.from({ length: 40 }, () => report('noisy')));
  await closed('noisy');
  await bed.closed('noisy');
  expect(ownEffects('noisy')).toHaveLength(2);
  const incident = await bed.servers.state.incidents.get(widgetKey('noisy'), 'service_down');
  expect(incident!.earlier).toHaveLength(1);
});

test('a repair that does not help is not made twice; people get a report with all that is known', async () => {
  await running('stubborn');
  await breakIt('stubborn');
  await bed.effects.setBehaviour({ refuse: true });
  await report('stubborn', { evidence: ['the disk said: \u001b[31mno'] });
  const incident = await closed('stubborn');
  expect(incident).toMatchObject({ state: 'escalated', attempts: [{ steps: ['s1 put_widget: failed'] }] });
  const report_ = await bed.servers.state.blobs.get('default', incident.report!);
  for (const said of [
    '# service_down on Widget/stubborn',
    String.raw`put\_widget: failed`,
    'the disk said',
    'usual repairs',
    'it is over when: its health check passes',
  ]) {
    expect(report_).toContain(said);
  }
  expect(report_).not.toContain('\u001b');
  expect((await toldOf('incident-escalated', 'stubborn')).text).toContain('the disk said');
  await record('stubborn', 'heal-escalated');
});

test('a dangerous repair waits for a person, and a refusal is respected', async () => {
  await running('guarded', { size: 1 });
  await breakIt('guarded');
  await bed.put('guarded', { size: 1 }, { annotations: { 'homeostat.io/mode': 'propose' } });
  await bed.condition('guarded', 'AwaitingApproval');
  const [request] = await pendingOf('guarded');
  await report('guarded', { severity: 'critical' });
  const healId = toHealWorkflowId(widgetKey('guarded'), 'service_down');
  const asked = await waitFor('the question of the heal run', async () =>
    (await bed.servers.state.approvals.list('default', 'pending')).find(({ workflowId }) => workflowId === healId),
  );
  expect((await toldOf('approval-pending', 'guarded')).text).toContain('homeostat approve Widget/guarded');
  const { client } = bed.servers;
  const query = `WorkflowId = '${healId}' AND HomeostatTenant = 'default' AND HomeostatWaitingFor = 'approval'`;
  await waitFor('it to be found', async () => (await client.workflow.count(query)).count === 1);
  expect((await client.workflow.getHandle(healId).describe()).priority).toMatchObject({ fairnessKey: 'default' });
  // The question about the change gave way to the critical fault.
  expect((await bed.servers.state.approvals.get('default', request!.seal))?.state).toBe('superseded');
  await client.workflow.getHandle(healId).signal(signalNames.reject, {
    seal: asked.seal,
    approver: 'ann',
    reason: 'not now',
  });
  expect(await closed('guarded')).toMatchObject({
    state: 'escalated',
    reason: 'a person refused the repair: not now',
  });
  await bed.closed('guarded');
  expect(await sizeOf('guarded')).toBe(99);
  // Nobody is asked the same again.
  expect((await bed.actual('guarded'))!.status).toMatchObject({
    refusedRepair: { reason: 'not now', approver: 'unverified:ann' },
  });
  expect(await pendingOf('guarded')).toEqual([]);
  await record('guarded', 'heal-refused');
});

test('what cannot be brought about is treated unasked, once for a desired revision', async () => {
  await bed.effects.setBehaviour({ refuse: true });
  await bed.put('impossible', { size: 1 });
  expect(await closed('impossible', 'resource_error')).toMatchObject({
    state: 'escalated',
    reason: expect.stringContaining('the same repair failed before') as string,
  });
  await bed.closed('impossible');
  await record('impossible', 'heal-own-error', 'resource_error');
  await bed.record('impossible', 'own-error');
  const opened = async () =>
    (await bed.servers.state.audit.list(widgetKey('impossible'))).filter(({ type }) => type === 'incident-opened');
  await bed.signal('impossible', 'retry').catch(() => undefined);
  await startRetry('impossible');
  await bed.closed('impossible');
  expect(await opened()).toHaveLength(1);
});

/** A heal run that waits for a person's yes. */
async function waiting(name: string): Promise<string> {
  await running(name);
  await bed.put(name, { size: 1 }, { annotations: { 'homeostat.io/mode': 'propose' } });
  await bed.settled(name);
  await bed.closed(name);
  await breakIt(name);
  await report(name);
  const workflowId = toHealWorkflowId(widgetKey(name), 'service_down');
  await askedBy(name, workflowId);
  return workflowId;
}
const askedBy = (name: string, workflowId: string) =>
  waitFor(`the question of ${workflowId}`, async () =>
    (await pendingOf(name)).find((request) => request.workflowId === workflowId),
  );

/** Each waits for long, and for no other. */
describe.concurrent('with patience', () => {
  test.each([
    { type: 'replication_lag', branch: 'heal-unchecked', reason: 'nothing here can tell whether it has this fault' },
    { type: 'unreadable', branch: 'heal-blind', reason: 'could not check for unreadable: the gauge is away' },
  ])(
    'a fault that nothing here can see is given to people and not called over: $type',
    async ({ type, branch, reason }) => {
      const name = type.replace('_', '-');
      await running(name);
      await report(name, { type });
      expect(await closedIncident(bed.servers.state.incidents, widgetKey(name), type, 60_000)).toMatchObject({
        state: 'escalated',
        attempts: [],
        reason: expect.stringContaining(reason) as string,
      });
      expect(ownEffects(name)).toHaveLength(1);
      await record(name, branch, type);
    },
  );

  test('a repair is no proof where nobody can look whether it helped', async () => {
    await running('unseen');
    await breakIt('unseen');
    await report('unseen', { type: 'unreadable' });
    expect(await closedIncident(bed.servers.state.incidents, widgetKey('unseen'), 'unreadable', 80_000)).toMatchObject({
      state: 'escalated',
      reason: expect.stringContaining('nobody could look whether it helped') as string,
      attempts: [{ steps: ['s1 put_widget: done'] }],
    });
    expect(await sizeOf('unseen')).toBe(1);
    await record('unseen', 'heal-unseen', 'unreadable');
  });

  test('a critical fault does not wait behind a question about another one, and is the next to be treated', async () => {
    await waiting('urgent');
    await report('urgent', { type: 'unreadable' });
    await report('urgent', { type: 'resource_error', severity: 'critical' });
    expect(await closed('urgent')).toMatchObject({
      state: 'escalated',
      reason: 'put off: resource_error is critical and goes first',
    });
    const next = toHealWorkflowId(widgetKey('urgent'), 'resource_error');
    const { seal } = await askedBy('urgent', next);
    expect(await bed.servers.state.incidents.get(widgetKey('urgent'), 'unreadable')).toBeUndefined();
    await bed.servers.client.workflow.getHandle(next).signal(signalNames.approve, { seal, approver: 'ann' });
    expect(await closed('urgent', 'resource_error')).toMatchObject({ state: 'resolved' });
    await record('urgent', 'heal-put-off');
    await closedIncident(bed.servers.state.incidents, widgetKey('urgent'), 'unreadable', 60_000);
    await bed.closed('urgent');
    await bed.record('urgent', 'critical-first');
  });
});

test('a treatment that is cancelled leaves neither incident nor question open, and its resource goes on', async () => {
  const workflowId = await waiting('cancelled');
  await report('cancelled', { type: 'replication_lag' });
  await bed.servers.client.workflow.getHandle(workflowId).cancel();
  expect(await closed('cancelled')).toMatchObject({ state: 'escalated', reason: 'its treatment was cancelled' });
  expect((await pendingOf('cancelled')).filter((request) => request.workflowId === workflowId)).toEqual([]);
  // What was reported meanwhile is not lost with it.
  await waitFor('the next fault to be treated', () =>
    bed.servers.state.incidents.get(widgetKey('cancelled'), 'replication_lag'),
  );
  await record('cancelled', 'heal-cancelled');
});

test('a treatment that is cancelled is given to people also where its question is not on record', async () => {
  const workflowId = await waiting('unasked');
  const { store, keys } = bed.servers.state;
  const [request] = await pendingOf('unasked');
  await store.commit([], [{ type: 'delete', key: keys.approval('default', request!.seal) }]);
  await bed.servers.client.workflow.getHandle(workflowId).cancel();
  expect(await closed('unasked')).toMatchObject({ state: 'escalated', reason: 'its treatment was cancelled' });
  await toldOf('incident-escalated', 'unasked');
  await record('unasked', 'heal-cancelled-unasked');
});

test('a treatment that is cancelled while its incident is being opened leaves none open', async () => {
  await running('unopened');
  const handle = bed.servers.client.workflow.getHandle(toHealWorkflowId(widgetKey('unopened'), 'service_down'));
  const etcd = await bed.servers.pidOf('etcd');
  await freezeProcess(etcd);
  try {
    await report('unopened');
    await waitFor('the incident to be opened', async () => {
      const { raw } = await handle.describe().catch(() => ({ raw: undefined }));
      return raw?.pendingActivities?.some(({ activityType }) => activityType?.name === 'openIncident');
    });
    await handle.cancel();
    await waitFor('the treatment to be given up', async () => {
      const { events } = await handle.fetchHistory();
      return events?.some(({ activityTaskCancelRequestedEventAttributes: asked }) => Boolean(asked));
    });
  } finally {
    process.kill(etcd, 'SIGCONT');
  }
  expect(await closed('unopened')).toMatchObject({ state: 'escalated', reason: 'its treatment was cancelled' });
  await expect(handle.result()).rejects.toThrow('cancelled');
  await record('unopened', 'heal-cancelled-unopened');
});

describe('a fault that comes back', () => {
  test('within a minute is left alone, to let the repair settle', async () => {
    await running('again');
    await breakIt('again');
    await report('again');
    const first = await closed('again');
    await bed.closed('again');
    await report('again');
    await bed.closed('again');
    expect(await bed.servers.state.incidents.get(widgetKey('again'), 'service_down')).toEqual(first);
    await record('again', 'heal-suppressed');
  });

  test('four times within an hour is given to people', async () => {
    await running('flapping');
    await breakIt('flapping');
    await report('flapping');
    await closed('flapping');
    await bed.closed('flapping');
    const { store, keys, incidents } = bed.servers.state;
    const key = keys.incident(widgetKey('flapping'), 'service_down');
    const incident = (await incidents.get(widgetKey('flapping'), 'service_down'))!;
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    const older = { ...incident, closedAt: ago(5), earlier: [ago(30), ago(20), ago(10)] };
    await store.commit([], [{ type: 'put', key, value: JSON.stringify(older) }]);
    await breakIt('flapping');
    await report('flapping');
    const again = await waitFor('the second incident', async () => {
      const found = await incidents.get(widgetKey('flapping'), 'service_down');
      return found?.state === 'escalated' ? found : undefined;
    });
    expect(again.reason).toContain('4 times within an hour');
    await record('flapping', 'heal-flapping');
    // Nor does the resource's own run hide the cause, until a person says so.
    await bed.condition('flapping', 'Blocked', 'LEFT_ALONE');
    await bed.closed('flapping');
    await bed.record('flapping', 'left-alone');
    expect(await sizeOf('flapping')).toBe(99);
    // Longer than any other fault is left alone after its end.
    const left = (await incidents.get(widgetKey('flapping'), 'service_down'))!;
    await store.commit([], [{ type: 'put', key, value: JSON.stringify({ ...left, closedAt: ago(5) }) }]);
    await report('flapping');
    await bed.closed('flapping');
    expect((await incidents.get(widgetKey('flapping'), 'service_down'))!.earlier).toEqual(left.earlier);
    expect(await sizeOf('flapping')).toBe(99);
    await startRetry('flapping');
    await waitFor('it to be repaired', async () => (await sizeOf('flapping')) === 1);
    await bed.closed('flapping');
    expect((await bed.actual('flapping'))!.status).not.toHaveProperty('leftAlone');
  });
});

test('a runtime that ends in the middle of a treatment is followed by one that goes on', async () => {
  await running('moved');
  await bed.effects.setBehaviour({ delayMs: 500 });
  await breakIt('moved');
  await report('moved');
  await waitFor('the repair to be under way', async () => (await bed.effects.underWay()).length > 0);
  await bed.restartRuntime();
  await bed.effects.setBehaviour({ delayMs: 0 });
  expect(await closed('moved')).toMatchObject({ state: 'resolved' });
  expect(ownEffects('moved')).toHaveLength(2);
});

test('a newer desired revision during a treatment is what the resource comes to', async () => {
  await running('revised');
  await bed.effects.setBehaviour({ delayMs: 500 });
  await breakIt('revised');
  await report('revised');
  await waitFor('the repair to be under way', async () => (await bed.effects.underWay()).length > 0);
  await bed.put('revised', { size: 7 });
  await bed.effects.setBehaviour({ delayMs: 0 });
  await waitFor('the newest', async () => (await sizeOf('revised')) === 7);
  await bed.closed('revised');
  expect((await bed.actual('revised'))!.status).toMatchObject({ state: 'Running', observed: { size: 7 } });
  expect(await closed('revised')).toMatchObject({
    state: 'resolved',
    attempts: [{ outcome: 'something else is desired now' }, { outcome: expect.stringContaining('gone: ') as string }],
  });
  // The repair that was under way came to its end, and nothing of it came after what is wanted now.
  expect(ownEffects('revised').map(({ value }) => value?.size)).toEqual([1, 1, 7]);
});
