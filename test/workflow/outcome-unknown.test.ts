import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toHealWorkflowId, toReconcileWorkflowId, type ResourceKey } from '../../src/domain/identity.ts';
import { externalNameOf } from '../../src/domain/kind.ts';
import { apiVersion } from '../../src/domain/resource.ts';
import {
  absent,
  defineAgent,
  defineKind,
  defineTool,
  HomeostatError,
  present,
  unreachable,
  z,
  type Agent,
} from '../../src/index.ts';
import type { RunStatus } from '../../src/workflows/run-view.ts';
import { closedIncident } from '../support/closed-incident.ts';
import { reportIssue } from '../support/report-issue.ts';
import { runInProcess } from '../support/run-in-process.ts';
import { environmentOf } from '../support/run-program.ts';
import { expectScreen, toScreen } from '../support/screens.ts';
import { startTestBed, widgetKey, type TestBed } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed({ mode: 'plain', plain: true, agents: [createNoticeAgent()] });
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
  expect(effectsOn('adopted')).toHaveLength(1);
  await bed.signal('adopted', 'resolve', { ...open, choice: 'adopt', approver: 'ann' });
  const record = await bed.settled('adopted');
  expect(record.status.state).toBe('Running');
  expect(effectsOn('adopted')).toHaveLength(1);
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

test('of a repair, too, the run of the resource is told, and passes it on', async () => {
  await bed.put('mended', { size: 1 });
  await bed.condition('mended', 'Ready', 'Converged');
  await bed.closed('mended');
  await bed.effects.meddle('default.widget.mended', 'put', { size: 99 });
  await bed.effects.setBehaviour({ failAfter: true });
  await reportIssue(bed.servers.client, widgetKey('mended'));
  await bed.condition('mended', 'Blocked', 'OUTCOME_UNKNOWN');
  await bed.effects.setBehaviour({ failAfter: false });
  const [open] = await bed.servers.state.ledger.listOpen(widgetKey('mended'));
  const { seal, step } = open!.entry;
  await bed.signal('mended', 'resolve', { seal, step, choice: 'adopt', approver: 'ann' });
  const incident = await closedIncident(bed.servers.state.incidents, widgetKey('mended'));
  expect(incident).toMatchObject({ state: 'resolved' });
  await bed.condition('mended', 'Ready', 'Converged');
  expect(effectsOn('mended').filter(({ key }) => !key.startsWith('meddler'))).toHaveLength(2);
  await bed.recordRun(toHealWorkflowId(widgetKey('mended'), incident.type), 'heal-resolution');
});

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

/** A fog rises when this notice is announced: nobody learns what became of that, or sees whether the notice hangs. */
const weather = { fogAt: '', isFoggy: false };

/** Notices are announced before they hang; an announcement that is refused keeps none of them from hanging. */
function createNoticeAgent(): Agent {
  const hanging = new Set<string>();
  const nothing = z.strictObject({});
  const announceNotice = defineTool({
    name: 'announce_notice',
    description: 'Tells people of a notice',
    riskLevel: 'moderate',
    effect: 'write',
    onFailure: 'skip',
    parameters: nothing,
    result: nothing,
    execute: ({ externalName }) => {
      weather.isFoggy = weather.fogAt === externalName;
      return Promise.reject(
        weather.isFoggy ? new Error('no answer') : new HomeostatError('EFFECT_REFUSED', { problem: 'nobody listens' }),
      );
    },
  });
  const hangNotice = defineTool({
    name: 'hang_notice',
    description: 'Hangs a notice',
    riskLevel: 'moderate',
    effect: 'write',
    conditional: true,
    parameters: nothing,
    result: nothing,
    execute: ({ externalName }) => {
      hanging.add(externalName);
      return Promise.resolve({});
    },
  });
  const Notice = defineKind({
    kind: 'Notice',
    spec: nothing,
    status: nothing,
    observe: ({ signal }, { externalName }) => {
      signal.throwIfAborted();
      if (weather.isFoggy) return Promise.resolve(unreachable('fog'));
      return Promise.resolve(hanging.has(externalName) ? present({}) : absent());
    },
    wanted: () => ({}),
  });
  return defineAgent({
    name: 'notices',
    purpose: 'Hangs notices',
    kinds: [Notice],
    tools: [announceNotice, hangNotice],
    rules: { Notice: { create: () => [announceNotice.step({}), hangNotice.step({})] } },
  });
}

async function putNotice(name: string): Promise<ResourceKey> {
  const key = { tenant: 'default', kind: 'Notice', name };
  await bed.putRaw(key, JSON.stringify({ apiVersion, kind: key.kind, metadata: { name }, spec: {} }));
  return key;
}

const noticeIs = (key: ResourceKey, type: string) =>
  waitFor(`the notice to be ${type}`, async () => {
    const { actual } = await bed.servers.state.resources.read(key);
    return actual?.record.status.conditions.some((one) => one.type === type && one.status === 'True');
  });

test('where nobody could look when the plan stopped it is planned anew', async () => {
  weather.fogAt = externalNameOf({ tenant: 'default', kind: 'Notice', name: 'fog-tonight' });
  const key = await putNotice('fog-tonight');
  await noticeIs(key, 'Blocked');
  const [open] = await bed.servers.state.ledger.listOpen(key);
  const { seal, step } = open!.entry;
  Object.assign(weather, { fogAt: '', isFoggy: false });
  const run = bed.servers.client.workflow.getHandle(toReconcileWorkflowId(key));
  await run.signal('resolve', { seal, step, choice: 'adopt', approver: 'ann' });
  await noticeIs(key, 'Ready');
  const effects = await bed.servers.state.ledger.list(key);
  const shown = effects.map(({ entry }) => `${entry.seal === seal ? 'old' : 'new'} ${entry.step} ${entry.state}`);
  expect(new Set(shown)).toEqual(new Set(['old s1 resolved', 'new s1 failed', 'new s2 done']));
  await run.result();
  await bed.recordRun(toReconcileWorkflowId(key), 'outcome-unseen');
});

test('a step that may be skipped is left out when its target refuses it, and the plan goes on', async () => {
  const key = await putNotice('closed-on-sunday');
  await noticeIs(key, 'Ready');
  const audit = await bed.servers.state.audit.list(key);
  expect(audit.findLast(({ type }) => type === 'run-recorded')?.detail).toMatchObject({
    steps: [
      { toolName: 'announce_notice', outcome: 'skipped' },
      { toolName: 'hang_notice', outcome: 'done' },
    ],
  });
  await bed.recordRun(toReconcileWorkflowId(key), 'step-skipped');
});
