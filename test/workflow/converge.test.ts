import { afterAll, beforeAll, expect, test } from 'vitest';
import { toReconcileWorkflowId } from '../../src/domain/identity.ts';
import { startTestBed, widgetKey, type TestBed } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
});
afterAll(() => bed?.stop());

const runsOf = async (name: string): Promise<number> => {
  const workflowId = toReconcileWorkflowId(widgetKey(name));
  const { count } = await bed.servers.client.workflow.count(`WorkflowId = "${workflowId}"`);
  return count;
};

test('a wanted widget is made step by step, and its run of 3 steps costs 5 activities', async () => {
  const key = await bed.put('made', { size: 3, steps: 3 });
  const record = await bed.settled('made');
  expect(record.status).toMatchObject({ state: 'Running', drifted: false, failures: 0, observed: { size: 3 } });
  expect(record.lastApplied?.spec).toEqual({ size: 3, steps: 3 });
  expect(bed.effects.effects().map(({ object }) => object)).toEqual([
    'default.widget.made-part-1',
    'default.widget.made-part-2',
    'default.widget.made',
  ]);
  await bed.closed('made');
  const history = await bed.servers.client.workflow.getHandle(toReconcileWorkflowId(key)).fetchHistory();
  const scheduled = (history.events ?? []).flatMap(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? [],
  );
  expect(scheduled).toEqual(['observeAndPlan', 'executeStep', 'executeStep', 'executeStep', 'verifyAndRecord']);
  expect(await bed.servers.state.audit.verify(key)).toBeUndefined();
  await bed.record('made', 'create');
});

test('a changed spec is brought about, and the same spec again does nothing', async () => {
  await bed.put('changed', { size: 1 });
  await bed.settled('changed');
  await bed.put('changed', { size: 2 });
  expect((await bed.settled('changed')).status.observed).toEqual({ size: 2 });
  const before = bed.effects.effects().length;
  await bed.put('changed', { size: 2 });
  await bed.settled('changed');
  expect(bed.effects.effects()).toHaveLength(before);
  await bed.record('changed', 'update-and-nothing');
});

test('X → Y → X while Y is being applied ends at X', async () => {
  await bed.put('turned', { size: 1 });
  await bed.settled('turned');
  await bed.effects.setBehaviour({ delayMs: 400 });
  await bed.put('turned', { size: 2, steps: 3 });
  await waitFor('Y to be under way', async () => (await bed.actual('turned'))?.status.state === 'Updating');
  await bed.put('turned', { size: 1 });
  await bed.effects.setBehaviour({ delayMs: 0 });
  const record = await bed.settled('turned');
  expect(record.status).toMatchObject({ state: 'Running', observed: { size: 1 } });
  expect((await bed.effects.objects())['default.widget.turned']).toEqual({ size: 1 });
  await bed.record('turned', 'stale-plan');
});

test('a thing changed behind our back is put right when drift is noted', async () => {
  await bed.put('drifting', { size: 5 });
  const { status } = await bed.settled('drifting');
  await bed.closed('drifting');
  await bed.effects.meddle('default.widget.drifting', 'put', { size: 6 });
  await bed.servers.state.changeActual(widgetKey('drifting'), (current) =>
    current === undefined ? 'unchanged' : { ...current, status: { ...status, drifted: true } },
  );
  await waitFor('the drift to be repaired', async () => {
    const record = await bed.actual('drifting');
    return record?.status.drifted === false && (await bed.effects.objects())['default.widget.drifting']?.size === 5;
  });
});

test('while nothing changes there is no run, no open workflow and no write', async () => {
  await bed.put('quiet', { size: 1 });
  await bed.settled('quiet');
  await bed.closed('quiet');
  await waitFor('all runs to end', async () => {
    const { count } = await bed.servers.client.workflow.count('ExecutionStatus = "Running"');
    return count === 0;
  });
  const runs = await runsOf('quiet');
  const before = await bed.servers.state.store.list(bed.servers.keys.actualPrefix);
  await new Promise((resolve) => setTimeout(resolve, 20_000));
  const after = await bed.servers.state.store.list(bed.servers.keys.actualPrefix);
  expect(after.entries).toEqual(before.entries);
  expect(await runsOf('quiet')).toBe(runs);
  expect((await bed.servers.client.workflow.count('ExecutionStatus = "Running"')).count).toBe(0);
});
