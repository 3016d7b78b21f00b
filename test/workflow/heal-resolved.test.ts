import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApprovalRequest } from '../../src/domain/approval.ts';
import { toHealWorkflowId } from '../../src/domain/identity.ts';
import { signalNames } from '../../src/domain/messages.ts';
import { closedIncident } from '../support/closed-incident.ts';
import { reportIssue } from '../support/report-issue.ts';
import { startTestBed, widgetKey, type TestBed } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** What a treatment hears of while it waits, above all that its fault is over. */
let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed({ config: { sweep: { every: '1h' } } });
});
afterAll(() => bed?.stop());

const external = (name: string) => `default.widget.${name}`;
const sizeOf = async (name: string) => (await bed.effects.objects())[external(name)]?.size;
const ownEffects = (name: string) =>
  bed.effects.effects().filter(({ key, object }) => object === external(name) && !key.startsWith('meddler'));
const report = (name: string, status: 'firing' | 'resolved', type = 'service_down') =>
  reportIssue(bed.servers.client, widgetKey(name), { type }, status);
const incidentOf = (name: string, type = 'service_down') => bed.servers.state.incidents.get(widgetKey(name), type);
const closed = (name: string, type?: string) => closedIncident(bed.servers.state.incidents, widgetKey(name), type);
const healIdOf = (name: string, type = 'service_down') => toHealWorkflowId(widgetKey(name), type);

/** A fault whose repair waits for a person. */
async function waiting(name: string): Promise<ApprovalRequest> {
  await bed.put(name, { size: 1 }, { annotations: { 'homeostat.io/mode': 'propose' } });
  await bed.condition(name, 'AwaitingApproval');
  const first = await requestOf(name, `reconcile.default.Widget.${name}`);
  await bed.signal(name, signalNames.approve, { seal: first.seal, approver: 'ann' });
  await bed.closed(name);
  await bed.effects.meddle(external(name), 'put', { size: 99 });
  await report(name, 'firing');
  return requestOf(name, healIdOf(name));
}
const requestOf = (name: string, workflowId: string) =>
  waitFor(`the question of ${workflowId}`, async () => (await pending()).find((one) => one.workflowId === workflowId));
const pending = () => bed.servers.state.approvals.list('default', 'pending');
/** How often the heal run has looked whether the fault is gone. */
const looks = async (name: string) => {
  const { events } = await bed.servers.client.workflow.getHandle(healIdOf(name)).fetchHistory();
  const isLook = (type: string | null | undefined) => type === 'proveRepair';
  const started = (events ?? []).filter((one) => isLook(one.activityTaskScheduledEventAttributes?.activityType?.name));
  return started.filter(({ eventId }) =>
    events!.some(
      ({ activityTaskCompletedEventAttributes: done }) => String(done?.scheduledEventId) === String(eventId),
    ),
  ).length;
};

test('a repair that waits for a person is dropped when the fault is said to be over and seen to be', async () => {
  const request = await waiting('over');
  await bed.effects.meddle(external('over'), 'put', { size: 1 });
  await report('over', 'resolved');
  expect(await closed('over')).toMatchObject({ state: 'resolved', proof: 'it is as desired, for 5 s without a break' });
  expect(ownEffects('over')).toHaveLength(1);
  expect((await bed.servers.state.approvals.get('default', request.seal))?.state).toBe('superseded');
  await bed.closed('over');
  await bed.recordRun(healIdOf('over'), 'heal-over-as-said');
  await bed.record('over', 'resolved-forwarded');
});

test('that it is over is nobody’s word to take: the same question stays open, and the repair is made', async () => {
  const request = await waiting('lied');
  const before = await looks('lied');
  await report('lied', 'resolved');
  await waitFor('the look', async () => (await looks('lied')) > before);
  expect((await incidentOf('lied'))?.state).toBe('open');
  expect((await requestOf('lied', healIdOf('lied'))).seal).toBe(request.seal);
  const handle = bed.servers.client.workflow.getHandle(healIdOf('lied'));
  await handle.signal(signalNames.approve, { seal: request.seal, approver: 'ann' });
  expect(await closed('lied')).toMatchObject({ state: 'resolved', attempts: [{ steps: ['s1 put_widget: done'] }] });
  expect(await sizeOf('lied')).toBe(1);
  await bed.closed('lied');
  await bed.recordRun(healIdOf('lied'), 'heal-not-over-as-said');
});

test('another fault waits for the end of the first, and the word that it is over ends no other treatment', async () => {
  const request = await waiting('two');
  await report('two', 'resolved', 'high_cpu');
  await report('two', 'firing', 'connection_timeout');
  const before = await looks('two');
  const handle = bed.servers.client.workflow.getHandle(healIdOf('two'));
  expect(await incidentOf('two', 'connection_timeout')).toBeUndefined();
  await handle.signal(signalNames.approve, { seal: request.seal, approver: 'ann' });
  expect(await closed('two')).toMatchObject({ attempts: [{ steps: ['s1 put_widget: done'] }] });
  expect(await looks('two')).toBe(before + 1);
  expect(await closed('two', 'connection_timeout')).toMatchObject({ state: 'escalated', attempts: [] });
  expect(await incidentOf('two', 'high_cpu')).toBeUndefined();
});

test('a treatment hears of the newest that is desired, even if it came while the treatment heard of the one before', async () => {
  const hintsHeard = async (workflowId: string) => {
    const { events } = await bed.servers.client.workflow.getHandle(workflowId).fetchHistory();
    return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
      signal?.signalName === signalNames.changed ? [Buffer.from(signal.input!.payloads![0]!.data!).toString()] : [],
    );
  };
  const moveTwice = async (name: string) => {
    await waiting(name);
    for (const desiredRevision of [1_000_000_001, 1_000_000_002])
      await bed.signal(name, signalNames.changed, { desiredRevision, reason: 'desired-changed' });
    await waitFor('the newest to be heard of', async () =>
      (await hintsHeard(healIdOf(name))).at(-1)?.includes('1000000002'),
    );
    const handle = bed.servers.client.workflow.getHandle(healIdOf(name));
    // Each hint may have had it ask anew.
    await waitFor('the question that stands to be answered', async () => {
      const asked = (await pending()).filter(({ workflowId }) => workflowId === handle.workflowId);
      for (const { seal } of asked) await handle.signal(signalNames.approve, { seal, approver: 'ann' });
      return (await incidentOf(name))?.state === 'resolved';
    });
    await bed.closed(name);
  };
  await Promise.all(['hasty', 'hastier', 'hastiest'].map(moveTwice));
  await bed.record('hasty', 'desired-moved-twice');
});
