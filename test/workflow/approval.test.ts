import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Client, WorkflowUpdateFailedError } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import type { ApprovalRequest, Decision } from '../../src/domain/approval.ts';
import { toReconcileWorkflowId } from '../../src/domain/identity.ts';
import { createKeys } from '../../src/domain/keys.ts';
import { signalNames, updateNames } from '../../src/domain/messages.ts';
import { toReconcileStart } from '../../src/starters/reconcile-start.ts';
import { createRuntime } from '../../src/runtime/runtime.ts';
import { createState } from '../../src/state/state.ts';
import type { RunStatus } from '../../src/workflows/run-view.ts';
import { reportIssue } from '../support/report-issue.ts';
import { searchAttributesOf } from '../support/search-attributes.ts';
import { startTestBed, widgetKey, type TestBed } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';
import { createWidgetAgent } from '../support/widget-agent.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
});
afterAll(() => bed?.stop());

/** Makes a widget, then wants it gone: the dangerous step of these tests. */
async function wantGone(name: string): Promise<ApprovalRequest> {
  await bed.put(name, { size: 1 });
  await bed.settled(name);
  await bed.remove(name);
  return pendingOf(name);
}

const pendingOf = (name: string, other?: string): Promise<ApprovalRequest> =>
  waitFor(`a request for ${name}`, async () => {
    const requests = await bed.servers.state.approvals.list('default', 'pending');
    const request = requests.find(({ resource, seal }) => resource.name === name && seal !== other);
    // The record stands before the run listens: the condition says that it does.
    const waits = (await bed.actual(name))?.status.conditions.some((one) => one.type === 'AwaitingApproval');
    return waits === true ? request : undefined;
  });

/** A sealed plan as the run that made it has it in its history. */
async function sealedOf(workflowId: string, seal: string): Promise<unknown> {
  const { events } = await bed.servers.client.workflow.getHandle(workflowId).fetchHistory();
  const results = (events ?? []).flatMap(
    ({ activityTaskCompletedEventAttributes: completed }) => completed?.result?.payloads?.[0]?.data ?? [],
  );
  const plans = results.map((data) => JSON.parse(Buffer.from(data).toString()) as { sealed?: { seal: string } } | null);
  return plans.find((plan) => plan?.sealed?.seal === seal)?.sealed;
}

const decide = async (name: string, payload: object): Promise<Decision> =>
  bed.servers.client.workflow
    .getHandle(toReconcileWorkflowId(widgetKey(name)))
    .executeUpdate<Decision, [object]>('decide', { args: [payload] });

const refusalOf = async (promise: Promise<unknown>): Promise<string> => {
  const error = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof WorkflowUpdateFailedError)) throw new Error('the update was not refused', { cause: error });
  return error.cause?.message.split(' ', 1)[0] ?? '';
};

test('a delete waits for a person, and nothing is touched before a signal approves it', async () => {
  const { seal, plan, requester } = await wantGone('approved');
  expect(plan).toMatchObject({ riskLevel: 'dangerous', steps: [{ toolName: 'remove_widget' }] });
  expect(requester).toBe('unknown');
  expect(await bed.effects.objects()).toHaveProperty('default.widget.approved');
  const found = () => searchAttributesOf(bed.servers.client, toReconcileWorkflowId(widgetKey('approved')));
  const ours = { tenant: 'default', kind: 'Widget' };
  const waiting = { ...ours, phase: 'waiting', waitingFor: 'approval' };
  await waitFor('its wait to be marked', async () => isDeepStrictEqual(await found(), waiting));
  await bed.signal('approved', 'approve', { seal, approver: 'ann' });
  await waitFor('it to be gone', async () => (await bed.actual('approved')) === undefined);
  expect(await found()).toEqual({ ...ours, phase: 'running' });
  expect(await bed.effects.objects()).not.toHaveProperty('default.widget.approved');
  const request = await bed.servers.state.approvals.get('default', seal);
  expect(request).toMatchObject({ state: 'approved', decision: { approver: 'unverified:ann' } });
  const audit = await bed.servers.state.audit.list(widgetKey('approved'));
  const decided = audit.findIndex(({ type }) => type === 'approval-decided');
  const removed = audit.findIndex(({ type, detail }) => type === 'step-end' && detail.toolName === 'remove_widget');
  expect(decided).toBeGreaterThan(-1);
  expect(removed).toBeGreaterThan(decided);
  await bed.record('approved', 'approved');
});

test('a runtime on a Temporal without our search attributes says so, and asks people all the same', async () => {
  const namespace = 'bare';
  const { client, etcdEndpoints, folder, temporalAddress } = bed.servers;
  await client.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1d') });
  const lines: string[] = [];
  const runtime = await createRuntime({
    agents: [createWidgetAgent({ effectServer: bed.effects.url })],
    config: loadConfig({
      environment: {},
      overrides: {
        dataDir: join(folder, 'host-bare'),
        temporal: { address: temporalAddress, namespace },
        etcd: { endpoints: [...etcdEndpoints], root: '/bare' },
      },
    }),
    log: pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }),
  }).start();
  const state = createState({ endpoints: etcdEndpoints }, createKeys('/bare'));
  try {
    expect(lines.join('')).toContain('search attributes are missing');
    const key = widgetKey('bare');
    const metadata = { name: key.name, annotations: { 'homeostat.io/mode': 'propose' } };
    const value = JSON.stringify({ apiVersion: 'homeostat/v1', kind: key.kind, metadata, spec: { size: 1 } });
    await state.store.commit([], [{ type: 'put', key: createKeys('/bare').desired(key), value }]);
    const statusOf = async () => (await state.resources.read(key)).actual?.record.status;
    await waitFor('the question', async () =>
      (await statusOf())?.conditions.some(({ type }) => type === 'AwaitingApproval'),
    );
    const [request] = await state.approvals.list('default', 'pending');
    const own = new Client({ connection: client.connection, namespace });
    const run = own.workflow.getHandle(toReconcileWorkflowId(key));
    expect(await searchAttributesOf(own, run.workflowId)).toEqual({});
    await run.signal('approve', { seal: request!.seal, approver: 'ann' });
    await waitFor('it to be made', async () => (await statusOf())?.state === 'Running');
  } finally {
    await runtime.stop();
    await state.close();
  }
});

test('a rejected plan is not asked again until somebody says retry', async () => {
  const { seal } = await wantGone('rejected');
  await bed.signal('rejected', 'reject', { seal, approver: 'bob', reason: 'still needed' });
  const record = await bed.condition('rejected', 'Blocked', 'ApprovalRejected');
  expect(record.status.conditions.find(({ type }) => type === 'Blocked')?.message).toContain('still needed');
  expect(record.status.retryAt).toBeUndefined();
  await bed.closed('rejected');
  expect(await bed.effects.objects()).toHaveProperty('default.widget.rejected');

  await bed.restartRuntime();
  expect(
    (await bed.servers.state.approvals.list('default', 'pending')).filter(
      ({ resource }) => resource.name === 'rejected',
    ),
  ).toEqual([]);

  const { client } = bed.servers;
  await client.workflow.signalWithStart('reconcile', {
    workflowId: toReconcileWorkflowId(widgetKey('rejected')),
    taskQueue: 'homeostat',
    args: [{ resource: widgetKey('rejected'), searchAttributes: false }],
    signal: 'retry',
  });
  const again = await pendingOf('rejected', seal);
  await bed.signal('rejected', 'approve', { seal: again.seal });
  await waitFor('it to be gone', async () => (await bed.actual('rejected')) === undefined);
  await bed.record('rejected', 'rejected-and-retried');
});

test('the update answers at once: repeat the same, opposite ALREADY_DECIDED, foreign SEAL_MISMATCH', async () => {
  const { seal } = await wantGone('updated');
  expect(await refusalOf(decide('updated', { seal: 'f'.repeat(64), verdict: 'approved' }))).toBe('SEAL_MISMATCH');
  expect(await refusalOf(decide('updated', { seal: 'short', verdict: 'approved' }))).toBe('INVALID_DECISION');
  await bed.effects.setBehaviour({ delayMs: 1_500 });
  const first = await decide('updated', { seal, verdict: 'approved', approver: 'ann' });
  expect(first).toMatchObject({ verdict: 'approved', approver: 'unverified:ann', seal });
  expect(await decide('updated', { seal, verdict: 'approved', approver: 'bob' })).toEqual(first);
  expect(await refusalOf(decide('updated', { seal, verdict: 'rejected' }))).toBe('ALREADY_DECIDED');
  await bed.effects.setBehaviour({ delayMs: 0 });
  await waitFor('it to be gone', async () => (await bed.actual('updated')) === undefined);
  await bed.record('updated', 'decided-by-update');
});

test('a decision before anything waits is NOT_WAITING', async () => {
  await bed.effects.setBehaviour({ delayMs: 1_000 });
  await bed.put('early', { size: 1 });
  await waitFor('the run to be under way', async () => (await bed.actual('early'))?.status.state === 'Creating');
  expect(await refusalOf(decide('early', { seal: 'a'.repeat(64), verdict: 'approved' }))).toBe('NOT_WAITING');
  await bed.signal('early', 'approve', { seal: 'a'.repeat(64) });
  await bed.effects.setBehaviour({ delayMs: 0 });
  await bed.settled('early');
  await bed.record('early', 'early-decision');
});

test('a newer desired voids the question, whatever is said of the old plan', async () => {
  const { seal } = await wantGone('kept');
  await bed.put('kept', { size: 2 });
  const record = await bed.settled('kept');
  expect(record.status).toMatchObject({ state: 'Running', observed: { size: 2 } });
  expect((await bed.servers.state.approvals.get('default', seal))?.state).toBe('superseded');
  await bed.record('kept', 'superseded');
});

test('a thing that changed during the wait is planned and asked for anew', async () => {
  const { seal } = await wantGone('moved');
  await bed.effects.meddle('default.widget.moved', 'remove');
  await bed.signal('moved', 'approve', { seal });
  await waitFor('it to be gone', async () => (await bed.actual('moved')) === undefined);
  const removals = bed.effects
    .effects()
    .filter(({ object, action }) => object === 'default.widget.moved' && action === 'remove');
  expect(removals.map(({ key }) => key.startsWith('meddler'))).toEqual([true]);
  await bed.record('moved', 'stale-after-wait');
});

test('a wait whose history grows long goes on in a new run, with the same question and nobody asked twice', async () => {
  const { seal } = await wantGone('long');
  // It waits behind the question, there as here.
  await reportIssue(bed.servers.client, widgetKey('long'));
  await bed.outgrow('long');
  expect(await decide('long', { seal, verdict: 'approved' })).toMatchObject({ seal, verdict: 'approved' });
  await waitFor('it to be gone', async () => (await bed.actual('long')) === undefined);
  const audit = await bed.servers.state.audit.list(widgetKey('long'));
  expect(audit.filter(({ type }) => type === 'approval-requested')).toHaveLength(1);
  await bed.record('long', 'continued-with-a-fault');
}, 150_000);

test('an answer that comes before the run it goes on in has begun is heard', async () => {
  const { seal } = await wantGone('prompt');
  const { client, state } = bed.servers;
  const workflowId = toReconcileWorkflowId(widgetKey('prompt'));
  const handle = client.workflow.getHandle(workflowId);
  const sealed = await sealedOf(workflowId, seal);
  await handle.terminate('the next run of its chain is started by hand');
  const hint = { desiredRevision: 1, reason: 'desired-deleted' };
  const carried = { pass: 1, hint, retryAsked: false, failures: [], triedShapes: [], failedRevision: 0 };
  const start = toReconcileStart(widgetKey('prompt'), true);
  await client.workflow.signalWithStart('reconcile', {
    ...start,
    args: [{ ...start.args[0], carried: { ...carried, gate: { sealed, readRevision: 1_000_000 } } }],
    signal: 'approve',
    signalArgs: [{ seal, approver: 'ann' }],
  });
  await waitFor('the answer to be on record', async () => {
    const request = await state.approvals.get('default', seal);
    return request?.state === 'approved';
  });
  // The seal is bound to the chain it was made in, of which this run is not.
  await bed.condition('prompt', 'Blocked', 'NOT_CONVERGED');
  expect(await bed.effects.objects()).toHaveProperty('default.widget.prompt');
  await bed.record('prompt', 'answer-before-the-start');
});

test('what was noted before a wait went on in a new run is looked at after a no', async () => {
  const { seal } = await wantGone('unlooked');
  const { client } = bed.servers;
  const workflowId = toReconcileWorkflowId(widgetKey('unlooked'));
  const sealed = await sealedOf(workflowId, seal);
  await client.workflow.getHandle(workflowId).terminate('the next run of its chain is started by hand');
  const hint = { desiredRevision: 1, reason: 'desired-deleted' };
  const carried = { pass: 1, hint, noted: true, retryAsked: false, failures: [], triedShapes: [], failedRevision: 0 };
  const start = toReconcileStart(widgetKey('unlooked'), true);
  const handle = await client.workflow.signalWithStart('reconcile', {
    ...start,
    args: [{ ...start.args[0], carried: { ...carried, gate: { sealed, readRevision: 1_000_000 } } }],
    signal: 'reject',
    signalArgs: [{ seal, approver: 'ann', reason: 'keep it' }],
  });
  expect(await handle.result()).toMatchObject({ outcome: 'blocked', passes: 2 });
  await bed.record('unlooked', 'noted-before-the-start');
});

test('a retry that was said before a no asks nobody once more', async () => {
  const { seal } = await wantGone('hasty');
  await bed.signal('hasty', 'retry');
  await decide('hasty', { seal, verdict: 'rejected', approver: 'ann', reason: 'keep it' });
  await bed.closed('hasty');
  await bed.condition('hasty', 'Blocked', 'ApprovalRejected');
  const requests = await bed.servers.state.approvals.list('default');
  expect(requests.filter(({ resource }) => resource.name === 'hasty')).toHaveLength(1);
});

test('a question stands when the runtime is started again: the same seal is approved', async () => {
  const { seal } = await wantGone('restarted');
  await bed.restartRuntime();
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect((await bed.servers.state.approvals.get('default', seal))?.state).toBe('pending');
  await bed.signal('restarted', 'approve', { seal });
  await waitFor('it to be gone', async () => (await bed.actual('restarted')) === undefined);
  await bed.record('restarted', 'approved-after-restart');
});

test('a message that does not fit is refused and shown, and the run goes on', async () => {
  const { seal } = await wantGone('garbled');
  await bed.signal('garbled', 'approve', { nonsense: true });
  await bed.signal('garbled', 'changed', 'not a hint');
  const handle = bed.servers.client.workflow.getHandle(toReconcileWorkflowId(widgetKey('garbled')));
  const status = await waitFor('the refusal to show', async () => {
    const answer = await handle.query<{ refusedMessages: { code: string }[]; waitingFor: string; seal: string }>(
      'status',
    );
    return answer.refusedMessages.length > 0 ? answer : undefined;
  });
  expect(status).toMatchObject({ waitingFor: 'approval', seal, refusedMessages: [{ code: 'INVALID_DECISION' }] });
  await bed.signal('garbled', 'approve', { seal });
  await waitFor('it to be gone', async () => (await bed.actual('garbled')) === undefined);
  await bed.record('garbled', 'garbled-messages');
});

test('what nobody can decode is refused and shown, signal or update, and the run goes on', async () => {
  const { seal } = await wantGone('undecodable');
  const { workflow, workflowService, options } = bed.servers.client;
  const workflowExecution = { workflowId: toReconcileWorkflowId(widgetKey('undecodable')) };
  const { namespace } = options;
  const undecodable = [
    { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{') },
    { metadata: { encoding: Buffer.from('binary/unknown') }, data: Buffer.from('anything') },
    { data: Buffer.from('{}') },
  ];
  for (const payload of undecodable) {
    const input = { payloads: [payload] };
    for (const signalName of Object.values(signalNames)) {
      await workflowService.signalWorkflowExecution({ namespace, workflowExecution, signalName, input });
    }
    const { outcome } = await workflowService.updateWorkflowExecution({
      namespace,
      workflowExecution,
      request: { meta: { updateId: randomUUID() }, input: { name: updateNames.decide, args: input } },
    });
    expect(outcome?.failure?.applicationFailureInfo?.type).toBe('INVALID_DECISION');
  }
  const handle = workflow.getHandle(workflowExecution.workflowId);
  const { refusedMessages, ...status } = await handle.query<RunStatus>('status');
  expect(status).toMatchObject({ waitingFor: 'approval', seal });
  // A hint that cannot be read is worth a look, and whoever says retry need say no more.
  const refused = [
    { message: 'approve', code: 'INVALID_DECISION' },
    { message: 'reject', code: 'INVALID_DECISION' },
    { message: 'resolve', code: 'INVALID_DECISION' },
    { message: 'issue', code: 'INVALID_BODY' },
  ];
  expect(refusedMessages).toMatchObject(undecodable.flatMap(() => refused));
  await bed.signal('undecodable', 'approve', { seal });
  await bed.closed('undecodable');
  expect(await bed.actual('undecodable')).toBeUndefined();
  const { events } = await handle.fetchHistory();
  const failed = events!.filter(({ workflowTaskFailedEventAttributes }) => Boolean(workflowTaskFailedEventAttributes));
  expect(failed).toEqual([]);
  await bed.record('undecodable', 'undecodable-messages');
});
