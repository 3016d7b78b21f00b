import { afterAll, beforeAll, expect, test } from 'vitest';
import { toReconcileWorkflowId } from '../../src/domain/identity.ts';
import { largeHintsOfALongHistory, toLargeHint } from '../support/large-hint.ts';
import { startTestBed, widgetKey, type TestBed } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** Runs that do not end by themselves: left behind for their length, or cancelled by a person. */
let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
});
afterAll(() => bed?.stop());

const handleOf = (name: string) => bed.servers.client.workflow.getHandle(toReconcileWorkflowId(widgetKey(name)));
const isAtWork = (name: string) =>
  waitFor('the run to be at work', async () => (await bed.actual(name))?.status.state === 'Creating');

test('a run whose history grew long in a pass makes the next pass in a new run, and repeats nothing', async () => {
  await bed.effects.setBehaviour({ delayMs: 3_000 });
  await bed.put('overheard', { size: 1, steps: 8 });
  await isAtWork('overheard');
  const { runId } = await handleOf('overheard').describe();
  for (let sent = 0; sent < largeHintsOfALongHistory; sent += 1) {
    await bed.signal('overheard', 'changed', toLargeHint('drifted'));
  }
  expect((await handleOf('overheard').describe()).runId).toBe(runId);
  await bed.effects.setBehaviour({ delayMs: 0 });
  const record = await bed.settled('overheard');
  expect(record.status.state).toBe('Running');
  await bed.closed('overheard');
  const last = await handleOf('overheard').describe();
  expect(last.runId).not.toBe(runId);
  expect(last.status.name).toBe('COMPLETED');
  expect(bed.effects.effects().filter(({ object }) => object.startsWith('default.widget.overheard'))).toHaveLength(8);
  await bed.record('overheard', 'continued-between-passes');
}, 150_000);

test('a cancelled run stops where it stands; the next change starts another, which goes on from what is there', async () => {
  await bed.effects.setBehaviour({ delayMs: 1_000 });
  await bed.put('cancelled', { size: 1, steps: 3 });
  await isAtWork('cancelled');
  await handleOf('cancelled').cancel();
  await waitFor('the run to end', async () => (await handleOf('cancelled').describe()).status.name === 'CANCELLED');
  await bed.record('cancelled', 'cancelled');
  await bed.effects.setBehaviour({ delayMs: 0 });
  await bed.put('cancelled', { size: 2, steps: 3 });
  expect((await bed.settled('cancelled')).status).toMatchObject({ state: 'Running', observed: { size: 2 } });
});

test('a run cancelled while it waits for a person removes nothing', async () => {
  await bed.put('undecided', { size: 1 });
  await bed.settled('undecided');
  await bed.remove('undecided');
  await bed.condition('undecided', 'AwaitingApproval');
  await handleOf('undecided').cancel();
  await waitFor('the run to end', async () => (await handleOf('undecided').describe()).status.name === 'CANCELLED');
  expect(await bed.effects.objects()).toHaveProperty('default.widget.undecided');
  await bed.record('undecided', 'cancelled-in-wait');

  // Nobody is left who could close its question but the next who asks.
  await bed.put('undecided', { size: 1 });
  await bed.settled('undecided');
  await bed.remove('undecided');
  await waitFor('one question that waits', async () => {
    const asked = await bed.servers.state.approvals.find(widgetKey('undecided'), '');
    return asked.map(({ state }) => state).join() === 'pending,superseded';
  });
});
