import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toReconcileWorkflowId } from '../../src/domain/identity.ts';
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
  bed = await startTestBed({ mode: 'plain', plain: true });
});
afterAll(() => bed?.stop());

/** Makes an effect happen and its answer fail, where nobody can ask after it (faults row 33, plain). */
async function loseAnswer(name: string) {
  await bed.effects.setBehaviour({ failAfter: true });
  await bed.put(name, { size: 1 });
  await bed.condition(name, 'Blocked', 'OUTCOME_UNKNOWN');
  await bed.effects.setBehaviour({ failAfter: false });
  const [open] = await bed.servers.state.ledger.listOpen(widgetKey(name));
  return { seal: open!.entry.seal, step: open!.entry.step };
}
const effectsOn = (name: string) => bed.effects.effects().filter(({ object }) => object === `default.widget.${name}`);

test('an effect nobody can prove is not repeated; adopt goes on from what is there', async () => {
  const open = await loseAnswer('adopted');
  expect(effectsOn('adopted')).toHaveLength(1);
  await bed.signal('adopted', 'resolve', { ...open, choice: 'adopt', approver: 'ann' });
  const record = await bed.settled('adopted');
  expect(record.status.state).toBe('Running');
  expect(effectsOn('adopted')).toHaveLength(1);
  await bed.record('adopted', 'outcome-adopted');
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
  expect(await closedIncident(bed.servers.state.incidents, widgetKey('mended'))).toMatchObject({ state: 'resolved' });
  await bed.condition('mended', 'Ready', 'Converged');
  expect(effectsOn('mended').filter(({ key }) => !key.startsWith('meddler'))).toHaveLength(2);
  await bed.record('mended', 'resolution-forwarded');
});

test('redo does it again under another key', async () => {
  const open = await loseAnswer('redone');
  await bed.effects.meddle('default.widget.redone', 'remove');
  await bed.signal('redone', 'resolve', { ...open, choice: 'redo', approver: 'ann' });
  expect((await bed.settled('redone')).status.state).toBe('Running');
  const puts = effectsOn('redone').filter(({ action }) => action === 'put');
  expect(puts).toHaveLength(2);
  expect(new Set(puts.map(({ key }) => key)).size).toBe(2);
  await bed.record('redone', 'outcome-redone');
});

test('a word about another effect is refused for all to see, and the question stays', async () => {
  const open = await loseAnswer('mistaken');
  await bed.signal('mistaken', 'resolve', { ...open, step: 's9', choice: 'adopt' });
  const run = bed.servers.client.workflow.getHandle(toReconcileWorkflowId(widgetKey('mistaken')));
  const refused = await waitFor('the refusal', async () => {
    const { refusedMessages } = await run.query<RunStatus>('status');
    return refusedMessages.length > 0 && refusedMessages;
  });
  expect(refused).toMatchObject([{ message: 'resolve', code: 'NOT_WAITING' }]);
  await bed.signal('mistaken', 'resolve', { ...open, choice: 'adopt' });
  expect((await bed.settled('mistaken')).status.state).toBe('Running');
  expect(effectsOn('mistaken')).toHaveLength(1);
});

test('a wait for an answer whose history grows long goes on in a new run', async () => {
  const open = await loseAnswer('long');
  await bed.outgrow('long');
  await bed.condition('long', 'Blocked', 'OUTCOME_UNKNOWN');
  await bed.signal('long', 'resolve', { ...open, choice: 'adopt' });
  expect((await bed.settled('long')).status.state).toBe('Running');
  expect(effectsOn('long')).toHaveLength(1);
  await bed.record('long', 'outcome-wait-continued');
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
  await bed.record('given-up', 'outcome-given-up');
});
