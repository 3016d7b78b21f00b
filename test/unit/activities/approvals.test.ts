import { expect, test } from 'vitest';
import { closeRequest, openRequest } from '../../../src/activities/approvals.ts';
import { box, createBench } from './activity-bench.ts';

/** A bench with a plan that waits, and how a run asks about it: its first run, its current one, its clock. */
async function waiting() {
  const bench = createBench();
  await bench.converged(1, { labels: { env: 'production' } });
  await bench.putBox({ size: 2 }, { labels: { env: 'production' } });
  const ask = async (firstRunId: string, at: number, workflowId = bench.scope.workflowId) => {
    const scope = { ...bench.scope, workflowId };
    const reference = { ...bench.reference, firstRunId, now: bench.reference.now + at };
    const planned = await bench.plan(reference, scope);
    if (planned.type !== 'plan') throw new Error(`no plan but ${planned.type}`);
    await openRequest(bench.dependencies, scope, { ...reference, sealed: planned.sealed });
    return planned.sealed.seal;
  };
  const stateOf = async (seal: string) => (await bench.state.approvals.get(box.tenant, seal))?.state;
  return { bench, ask, stateOf };
}

test('what a run asked that ended without a word is superseded as soon as another asks', async () => {
  const { bench, ask, stateOf } = await waiting();
  const forgotten = await ask('run-1', 0);
  const asked = await ask('run-2', 1_000);
  expect([await stateOf(forgotten), await stateOf(asked)]).toEqual(['superseded', 'pending']);
  expect(await ask('run-2', 1_000), 'a second attempt').toBe(asked);
  expect(await stateOf(asked)).toBe('pending');
  const events = (await bench.state.audit.list(box)).filter(({ type }) => type === 'approval-closed');
  expect(events.map(({ detail }) => detail)).toEqual([{ seal: forgotten, state: 'superseded' }]);
});

test.each([
  { of: 'the same run, which went on as a new one', firstRunId: 'run-1', at: 1_000 },
  { of: 'a newer run, found by an attempt that comes late', firstRunId: 'run-0', at: -1_000 },
  { of: 'the run of another workflow', firstRunId: 'run-2', at: 1_000, workflowId: 'heal.default.Box.a' },
])('what is asked by $of stays', async ({ firstRunId, at, workflowId }) => {
  const { ask, stateOf } = await waiting();
  const asked = await ask('run-1', 0);
  expect(await ask(firstRunId, at, workflowId)).not.toBe(asked);
  expect(await stateOf(asked)).toBe('pending');
});

test('a question that was let go of long after its time keeps no run from its end', async () => {
  const { bench } = await waiting();
  const close = { ...bench.reference, seal: 'a'.repeat(64), outcome: { type: 'expired' } } as const;
  await expect(closeRequest(bench.dependencies, bench.scope, close)).resolves.toBeUndefined();
});

test.each([
  { wanted: 'what was approved', size: 1, begun: { size: 1, color: 'red' } },
  { wanted: 'something else by then', size: 2, begun: undefined },
])('an approved create of $wanted begins with nothing but what was approved', async ({ size, begun }) => {
  const bench = createBench();
  await bench.putBox({ size: 1 }, { labels: { env: 'production' } });
  const sealed = await bench.sealed();
  expect(sealed.needsApproval).toBe(true);
  await bench.putBox({ size }, { labels: { env: 'production' } });
  await bench.decide(sealed, 'approved');
  expect((await bench.actual())?.lastApplied?.spec).toEqual(begun);
});
