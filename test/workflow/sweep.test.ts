import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestBed, widgetKey, type TestBed } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** The schedule that finds what nobody told of. */
let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
});
afterAll(() => bed?.stop());

const schedule = () => bed.servers.client.schedule.getHandle('sweep');
const objectSize = async (name: string) => (await bed.effects.objects())[`default.widget.${name}`]?.size;

async function sweep(): Promise<string> {
  const before = (await schedule().describe()).info.recentActions.length;
  await schedule().trigger();
  const { action } = await waitFor('the sweep to be started', async () => {
    const { recentActions } = (await schedule().describe()).info;
    return recentActions.length > before ? recentActions.at(-1) : undefined;
  });
  const { workflowId, firstExecutionRunId } = action.workflow;
  await bed.servers.client.workflow.getHandle(workflowId, firstExecutionRunId).result();
  return workflowId;
}

test('is there, every five minutes, never twice at once, and one started late is not made up for', async () => {
  const { spec, policies, action } = await waitFor('the schedule', () => schedule().describe());
  expect(spec.intervals).toEqual([expect.objectContaining({ every: 300_000 })]);
  expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 60_000 });
  expect(action).toMatchObject({ workflowType: 'sweep', taskQueue: 'homeostat' });
});

test('puts right what was changed or removed behind our back', async () => {
  await Promise.all(['changed', 'removed', 'untouched'].map((name) => bed.put(name, { size: 5 })));
  for (const name of ['changed', 'removed', 'untouched']) {
    await bed.settled(name);
    await bed.closed(name);
  }
  const untouched = await bed.servers.state.resources.read(widgetKey('untouched'));
  await bed.effects.meddle('default.widget.changed', 'put', { size: 6 });
  await bed.effects.meddle('default.widget.removed', 'remove');
  const workflowId = await sweep();
  await waitFor(
    'both to be repaired',
    async () => (await objectSize('changed')) === 5 && (await objectSize('removed')) === 5,
  );
  await waitFor('both to be on record', async () =>
    (await Promise.all(['changed', 'removed'].map(bed.actual))).every((record) => record?.status.drifted === false),
  );
  expect(await bed.servers.state.resources.read(widgetKey('untouched'))).toMatchObject({
    actual: { modRevision: untouched.actual!.modRevision },
  });
  await bed.recordRun(workflowId, 'sweep');
});

test('of what is as recorded writes nothing and starts no run', async () => {
  const before = await bed.servers.state.store.list(bed.servers.keys.root);
  const runs = await bed.servers.client.workflow.count('WorkflowType = "reconcile"');
  await sweep();
  expect(
    (await bed.servers.state.store.list(bed.servers.keys.root)).entries.filter(({ key }) => !key.includes('/hosts/')),
  ).toEqual(before.entries.filter(({ key }) => !key.includes('/hosts/')));
  expect((await bed.servers.client.workflow.count('WorkflowType = "reconcile"')).count).toBe(runs.count);
});

test("a host that is on record and does not answer spoils nobody else's part", async () => {
  const ghost = await bed.servers.state.hosts.announce('ghost');
  await bed.effects.meddle('default.widget.changed', 'put', { size: 7 });
  const workflowId = await sweep();
  await waitFor('the repair', async () => (await objectSize('changed')) === 5);
  const result: unknown = await bed.servers.client.workflow.getHandle(workflowId).result();
  expect(result).toContainEqual({ place: 'ghost', fault: expect.stringContaining('HOST_UNREACHABLE') as string });
  await bed.recordRun(workflowId, 'sweep-dead-host');
  await ghost.close();
}, 60_000);

test('a resource that keeps changing behind our back is repaired ever more slowly, and says so', async () => {
  await bed.servers.state.changeActual(widgetKey('changed'), (current) => ({
    ...current!,
    status: { ...current!.status, drifts: { count: 20, last: new Date().toISOString() } },
  }));
  await bed.effects.meddle('default.widget.changed', 'put', { size: 8 });
  await sweep();
  const { status } = await bed.condition('changed', 'Blocked', 'Flapping');
  expect(Date.parse(status.retryAt!)).toBeGreaterThan(Date.now() + 30_000);
  expect(await objectSize('changed')).toBe(8);
});
