import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findTrueCondition } from '../../src/domain/actual.ts';
import { toHealWorkflowId, toReconcileWorkflowId, type ResourceKey } from '../../src/domain/identity.ts';
import { apiVersion } from '../../src/domain/resource.ts';
import type { RunStatus } from '../../src/workflows/run-view.ts';
import { closedIncident } from '../support/closed-incident.ts';
import { createNoticeAgent, type NoticeWorld } from '../support/notice-agent.ts';
import { reportIssue } from '../support/report-issue.ts';
import { runInProcess } from '../support/run-in-process.ts';
import { environmentOf } from '../support/run-program.ts';
import { expectScreen, toScreen } from '../support/screens.ts';
import { searchAttributesOf } from '../support/search-attributes.ts';
import { startTestBed, widgetKey, type TestBed } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed({ mode: 'plain', plain: true, agents: [createNoticeAgent(world)] });
});
afterAll(() => bed?.stop());

/**
 * Makes an effect happen and its answer fail, where nobody can ask after it (faults row 33, plain). Of more steps than one
 * it is the first, which observation does not show.
 */
async function loseAnswer(name: string, steps = 1) {
  await bed.effects.setBehaviour({ failAfter: true });
  await bed.put(name, steps === 1 ? { size: 1 } : { size: 1, steps });
  await bed.condition(name, 'Blocked', 'OUTCOME_UNKNOWN');
  await bed.effects.setBehaviour({ failAfter: false });
  return openEffect(name);
}

async function openEffect(name: string) {
  const [open] = await bed.servers.state.ledger.listOpen(widgetKey(name));
  return { seal: open!.entry.seal, step: open!.entry.step };
}

const effectsOn = (name: string) => bed.effects.effects().filter(({ object }) => object === `default.widget.${name}`);
const keysOf = (name: string) =>
  bed.effects
    .effects()
    .filter(({ object }) => object.startsWith(`default.widget.${name}`))
    .map(({ key }) => key);

async function refusedBy(name: string) {
  const run = bed.servers.client.workflow.getHandle(toReconcileWorkflowId(widgetKey(name)));
  return waitFor('the refusal', async () => {
    const { refusedMessages } = await run.query<RunStatus>('status');
    return refusedMessages.length > 0 && refusedMessages;
  });
}

test('an effect nobody can prove is not repeated; adopt goes on from what is there', async () => {
  const open = await loseAnswer('adopted');
  const found = () => searchAttributesOf(bed.servers.client, toReconcileWorkflowId(widgetKey('adopted')));
  await waitFor('its wait to be marked', async () => (await found()).waitingFor === 'resolution');
  expect(effectsOn('adopted')).toHaveLength(1);
  await bed.signal('adopted', 'resolve', { ...open, choice: 'adopt', approver: 'ann' });
  const record = await bed.settled('adopted');
  expect(record.status.state).toBe('Running');
  expect(effectsOn('adopted')).toHaveLength(1);
  expect(await found()).toEqual({ tenant: 'default', kind: 'Widget', phase: 'running' });
  await bed.record('adopted', 'outcome-stands');
});

test('the plan goes on after adopt: what nobody can see is not done again', async () => {
  const open = await loseAnswer('told', 3);
  await bed.signal('told', 'resolve', { ...open, choice: 'adopt', approver: 'ann' });
  expect((await bed.settled('told')).status.state).toBe('Running');
  expect(keysOf('told')).toEqual(['s1', 's2', 's3'].map((step) => `${open.seal}-${step}-0`));
  await bed.record('told', 'outcome-adopted-amid-a-plan');
});

test('redo does the step once more, as the next generation of the same plan', async () => {
  const open = await loseAnswer('twice', 2);
  await bed.signal('twice', 'resolve', { ...open, choice: 'redo', approver: 'ann' });
  expect((await bed.settled('twice')).status.state).toBe('Running');
  expect(keysOf('twice')).toEqual(['s1-0', 's1-1', 's2-0'].map((end) => `${open.seal}-${end}`));
  await bed.record('twice', 'outcome-redone-amid-a-plan');
});

test('an answer that was sent twice is no answer to the next question about the same step', async () => {
  const open = await loseAnswer('again', 2);
  await bed.effects.setBehaviour({ failAfter: true, delayMs: 500 });
  for (let times = 0; times < 2; times += 1) {
    await bed.signal('again', 'resolve', { ...open, choice: 'redo', approver: 'ann' });
  }
  expect(await refusedBy('again')).toMatchObject([{ message: 'resolve', code: 'NOT_WAITING' }]);
  await bed.condition('again', 'Blocked', 'OUTCOME_UNKNOWN');
  await bed.effects.setBehaviour({ failAfter: false, delayMs: 0 });
  expect(keysOf('again')).toEqual([`${open.seal}-s1-0`, `${open.seal}-s1-1`]);
  await bed.signal('again', 'resolve', { ...open, choice: 'adopt', approver: 'ann' });
  expect((await bed.settled('again')).status.state).toBe('Running');
  expect(keysOf('again')).toHaveLength(3);
  await bed.record('again', 'outcome-asked-again');
});

test('whoever is asked finds out what to say, and says it', async () => {
  const { seal, step } = await loseAnswer('asked');
  const screens: string[] = [];
  const show = async (line: string) => {
    const args = line.replace('@seal', seal.slice(0, 12)).split(' ');
    const environment = environmentOf(bed.servers, join(bed.servers.folder, 'cli'));
    screens.push(toScreen(args, await runInProcess(environment, args), bed.servers.folder));
  };
  await show('describe Widget/asked');
  await show('resolve Widget/asked');
  await show('resolve Widget/asked --step s9 --seal @seal --choice adopt');
  await show('resolve Widget/asked --step s1 --seal @seal --choice forget');
  await show(`resolve Widget/asked --step ${step} --seal @seal --choice adopt --as ann`);
  expect((await bed.settled('asked')).status.state).toBe('Running');
  await show(`resolve Widget/asked --step ${step} --seal @seal --choice adopt --as ann`);
  await show('resolve Widget/none --step s1 --seal 1 --choice redo -o json');
  await expectScreen('resolve', screens);
});

/** A widget whose repair has lost its answer, and the effect that people are asked about. */
async function repairAndAsked(name: string) {
  await bed.put(name, { size: 1 });
  await bed.condition(name, 'Ready', 'Converged');
  await bed.closed(name);
  await bed.effects.meddle(`default.widget.${name}`, 'put', { size: 99 });
  await bed.effects.setBehaviour({ failAfter: true });
  await reportIssue(bed.servers.client, widgetKey(name));
  await bed.condition(name, 'Blocked', 'OUTCOME_UNKNOWN');
  await bed.effects.setBehaviour({ failAfter: false });
  return openEffect(name);
}

test('of a repair, too, the run of the resource is told, and passes it on', async () => {
  const open = await repairAndAsked('mended');
  await bed.signal('mended', 'resolve', { ...open, choice: 'adopt', approver: 'ann' });
  const incident = await closedIncident(bed.servers.state.incidents, widgetKey('mended'));
  expect(incident).toMatchObject({ state: 'resolved' });
  await bed.condition('mended', 'Ready', 'Converged');
  expect(effectsOn('mended').filter(({ key }) => !key.startsWith('meddler'))).toHaveLength(2);
  await bed.recordRun(toHealWorkflowId(widgetKey('mended'), incident.type), 'heal-resolution');
});

test('a repair that asks until its run can hear hardly more leaves its question to that run, which goes on in a new one', async () => {
  const open = await repairAndAsked('outlasted');
  await bed.outgrow('outlasted');
  expect(await closedIncident(bed.servers.state.incidents, widgetKey('outlasted'))).toMatchObject({
    state: 'escalated',
    reason: 'its treatment was cancelled',
  });
  await bed.condition('outlasted', 'Blocked', 'OUTCOME_UNKNOWN');
  await bed.signal('outlasted', 'resolve', { ...open, choice: 'adopt', approver: 'ann' });
  await bed.condition('outlasted', 'Ready', 'Converged');
  expect(effectsOn('outlasted').filter(({ key }) => !key.startsWith('meddler'))).toHaveLength(2);
  await bed.record('outlasted', 'heal-outlasted');
}, 150_000);

test('where the world moved while people were asked it is planned anew, under another key', async () => {
  const open = await loseAnswer('redone');
  await bed.effects.meddle('default.widget.redone', 'remove');
  await bed.signal('redone', 'resolve', { ...open, choice: 'redo', approver: 'ann' });
  expect((await bed.settled('redone')).status.state).toBe('Running');
  const puts = effectsOn('redone').filter(({ action }) => action === 'put');
  expect(puts).toHaveLength(2);
  expect(new Set(puts.map(({ key }) => key)).size).toBe(2);
  expect(puts[1]!.key).not.toContain(open.seal);
  await bed.record('redone', 'outcome-moved');
});

test('a word about another effect is refused for all to see, and the question stays', async () => {
  const open = await loseAnswer('mistaken');
  await bed.signal('mistaken', 'resolve', { ...open, step: 's9', choice: 'adopt' });
  expect(await refusedBy('mistaken')).toMatchObject([{ message: 'resolve', code: 'NOT_WAITING' }]);
  await bed.signal('mistaken', 'resolve', { ...open, choice: 'adopt' });
  expect((await bed.settled('mistaken')).status.state).toBe('Running');
  expect(effectsOn('mistaken')).toHaveLength(1);
});

test('a wait for an answer whose history grows long goes on in a new run, and so does the plan', async () => {
  const open = await loseAnswer('long', 2);
  await bed.outgrow('long');
  await bed.condition('long', 'Blocked', 'OUTCOME_UNKNOWN');
  await bed.signal('long', 'resolve', { ...open, choice: 'adopt' });
  expect((await bed.settled('long')).status.state).toBe('Running');
  expect(keysOf('long')).toEqual([`${open.seal}-s1-0`, `${open.seal}-s2-0`]);
  await bed.record('long', 'outcome-wait-carried');
}, 150_000);

test('give up ends the run blocked and leaves the thing alone', async () => {
  const open = await loseAnswer('given-up');
  await bed.signal('given-up', 'resolve', { ...open, choice: 'give_up', approver: 'ann' });
  await bed.closed('given-up');
  const record = await waitFor('the block', async () => bed.actual('given-up'));
  expect(record.status).toMatchObject({ state: 'Error', settledRevision: expect.any(Number) as number });
  expect(effectsOn('given-up')).toHaveLength(1);
  const audit = await bed.servers.state.audit.list(widgetKey('given-up'));
  expect(audit.map(({ type }) => type)).toContain('outcome-resolved');
  await bed.record('given-up', 'outcome-given-up-amid-a-plan');
});

/** What is done to notices and by them; see the agent. */
const world: NoticeWorld = {
  isFoggy: false,
  torn: new Set(),
  tooHeavy: new Set(),
  calledOut: new Set(),
  losesAnswer: new Set(),
  raisesFog: new Set(),
  done: [],
};

const noticeKey = (name: string): ResourceKey => ({ tenant: 'default', kind: 'Notice', name });
const external = (name: string) => `default.notice.${name}`;
const doneTo = (name: string) => world.done.filter((one) => one.split(' ')[1] === external(name));

async function putNotice(name: string, spec: object = {}): Promise<ResourceKey> {
  const key = noticeKey(name);
  await bed.putRaw(key, JSON.stringify({ apiVersion, kind: key.kind, metadata: { name }, spec }));
  return key;
}

const noticeIs = (key: ResourceKey, type: string, reason?: string) =>
  waitFor(`the notice to be ${type}`, async () => {
    const { actual } = await bed.servers.state.resources.read(key);
    const found = findTrueCondition(actual?.record.status.conditions, type);
    return found !== undefined && (reason === undefined || found.reason === reason);
  });

/** Answers the one question about a notice; the seal of the plan that it stopped. */
async function adopt(key: ResourceKey): Promise<string> {
  const [open] = await bed.servers.state.ledger.listOpen(key);
  const { seal, step } = open!.entry;
  const run = bed.servers.client.workflow.getHandle(toReconcileWorkflowId(key));
  await run.signal('resolve', { seal, step, choice: 'adopt', approver: 'ann' });
  return seal;
}

async function recordNotice(key: ResourceKey, branch: string): Promise<void> {
  await bed.servers.client.workflow.getHandle(toReconcileWorkflowId(key)).result();
  await bed.recordRun(toReconcileWorkflowId(key), branch);
}

test('where nobody could look when the plan stopped it is planned anew', async () => {
  world.raisesFog.add(external('fog-tonight'));
  const key = await putNotice('fog-tonight');
  await noticeIs(key, 'Blocked');
  world.isFoggy = false;
  const seal = await adopt(key);
  await noticeIs(key, 'Ready');
  const effects = await bed.servers.state.ledger.list(key);
  const shown = effects.map(({ entry }) => `${entry.seal === seal ? 'old' : 'new'} ${entry.step} ${entry.state}`);
  expect(new Set(shown)).toEqual(new Set(['old s1 resolved', 'new s1 done', 'new s2 done']));
  await recordNotice(key, 'outcome-unseen');
});

test('where a later step wants what the adopted one returned, which nobody knows, it is planned anew', async () => {
  world.losesAnswer.add(external('wanted'));
  const key = await putNotice('wanted', { isSigned: true });
  await noticeIs(key, 'Blocked', 'OUTCOME_UNKNOWN');
  await adopt(key);
  await noticeIs(key, 'Ready');
  expect(doneTo('wanted').map((one) => one.split(' ')[0])).toEqual(['announce', 'announce', 'hang']);
  expect(doneTo('wanted').at(-1)).toContain('the crier');
  expect((await bed.servers.state.resources.read(key)).actual?.record.status.failures).toBe(0);
  await recordNotice(key, 'outcome-wanted-by-another-step');
});

test('a step that may be skipped is left out when its target refuses it, and the plan goes on', async () => {
  const key = await putNotice('closed-on-sunday', { isHeard: false });
  await noticeIs(key, 'Ready');
  const audit = await bed.servers.state.audit.list(key);
  expect(audit.findLast(({ type }) => type === 'run-recorded')?.detail).toMatchObject({
    steps: [
      { toolName: 'announce_notice', outcome: 'skipped' },
      { toolName: 'hang_notice', outcome: 'done' },
    ],
  });
  await recordNotice(key, 'step-skipped');
});

/** A notice that hangs and is torn, whose repair has lost the answer of its first step. */
async function tornAndAsked(name: string, losing = world.losesAnswer): Promise<ResourceKey> {
  const key = await putNotice(name);
  await noticeIs(key, 'Ready');
  world.done.length = 0;
  world.torn.add(external(name));
  losing.add(external(name));
  await reportIssue(bed.servers.client, key, { type: 'torn' });
  await noticeIs(key, 'Blocked', 'OUTCOME_UNKNOWN');
  return key;
}

test('a repair whose fault is said to be over while people are asked, and seen to be, goes no further', async () => {
  const key = await tornAndAsked('pasted');
  world.torn.delete(external('pasted'));
  await reportIssue(bed.servers.client, key, { type: 'torn' }, 'resolved');
  await adopt(key);
  expect(await closedIncident(bed.servers.state.incidents, key, 'torn')).toMatchObject({
    state: 'resolved',
    attempts: [{ steps: ['s1 announce_notice: adopted'] }],
  });
  expect(doneTo('pasted')).toEqual([`announce ${external('pasted')}`]);
  await noticeIs(key, 'Ready');
  await bed.recordRun(toHealWorkflowId(key, 'torn'), 'heal-over-amid-a-plan');
});

test('a repair that the world overtook while people were asked is proven like any other, and not made again', async () => {
  const key = await tornAndAsked('blown-away', world.raisesFog);
  world.torn.delete(external('blown-away'));
  world.isFoggy = false;
  await adopt(key);
  const incident = await closedIncident(bed.servers.state.incidents, key, 'torn');
  expect(incident).toMatchObject({ state: 'resolved', attempts: [{ steps: ['s1 announce_notice: adopted'] }] });
  expect(doneTo('blown-away')).toEqual([`announce ${external('blown-away')}`]);
  await noticeIs(key, 'Ready');
  await bed.recordRun(toHealWorkflowId(key, 'torn'), 'heal-overtaken');
});

test('a run whose own error was treated in vain, with a question on the way, says its error again and when it is tried', async () => {
  world.tooHeavy.add(external('of-lead'));
  const key = await putNotice('of-lead', { isHeard: false });
  const run = bed.servers.client.workflow.getHandle(toReconcileWorkflowId(key));
  await noticeIs(key, 'Blocked', 'NOT_CONVERGED');
  world.calledOut.add(external('of-lead'));
  world.losesAnswer.add(external('of-lead'));
  await noticeIs(key, 'Blocked', 'OUTCOME_UNKNOWN');
  await adopt(key);
  await run.result();
  const { status } = (await bed.servers.state.resources.read(key)).actual!.record;
  expect(status).toMatchObject({ state: 'Error', retryAt: expect.any(String) as string });
  expect(status.conditions).toMatchObject([{ type: 'Ready' }, { type: 'Blocked', reason: 'NOT_CONVERGED' }]);
  expect(doneTo('of-lead')).toEqual([`announce ${external('of-lead')}`]);
  await bed.recordRun(toReconcileWorkflowId(key), 'own-error-asked-in-vain');
});

test('a run whose own error was being treated, and whose treatment is cancelled while it asks, asks itself', async () => {
  world.tooHeavy.add(external('of-stone'));
  const key = await putNotice('of-stone', { isHeard: false });
  await noticeIs(key, 'Blocked', 'NOT_CONVERGED');
  world.calledOut.add(external('of-stone'));
  world.losesAnswer.add(external('of-stone'));
  await noticeIs(key, 'Blocked', 'OUTCOME_UNKNOWN');
  await bed.servers.client.workflow.getHandle(toHealWorkflowId(key, 'resource_error')).cancel();
  expect(await closedIncident(bed.servers.state.incidents, key, 'resource_error')).toMatchObject({
    state: 'escalated',
    reason: 'its treatment was cancelled',
  });
  const run = bed.servers.client.workflow.getHandle(toReconcileWorkflowId(key));
  await waitFor('the run to ask', async () => (await run.query<RunStatus>('status')).waitingFor === 'resolution');
  await adopt(key);
  await run.result();
  await noticeIs(key, 'Blocked', 'NOT_CONVERGED');
  const audit = await bed.servers.state.audit.list(key);
  expect(audit.filter(({ type }) => type === 'incident-opened')).toHaveLength(1);
  await bed.recordRun(toReconcileWorkflowId(key), 'own-error-cancelled');
});
