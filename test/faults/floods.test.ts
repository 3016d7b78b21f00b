import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { toReconcileWorkflowId, type ResourceKey } from '../../src/domain/identity.ts';
import { closedIncident } from '../support/closed-incident.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { reportIssue } from '../support/report-issue.ts';
import { createRandom, shuffle, sizeOf } from '../support/seeds.ts';
import { waitFor } from '../support/wait-for.ts';

/** Faults rows 6, 39 and 43: more work at once than is usual, and less memory for it. */
let bed: FaultBed;
beforeAll(async () => {
  bed = await startFaultBed();
});
afterEach(() => bed.killRuntimes());
afterAll(() => bed?.stop());

/** Effects on resources whose names begin so. */
const effectsOf = (prefix: string) => bed.effects.effects().filter(({ object }) => object.includes(`.${prefix}-`));
const toNames = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

/**
 * A hundred signals at once, then silence until the run has heard them, again and again: Temporal lets a run go on in a
 * new one only when none has come since its workflow task began, however hard it tries. A signal that is not taken is
 * sent again.
 */
async function flood(key: ResourceKey, count: number, send: (index: number) => Promise<void>): Promise<void> {
  const handle = bed.servers.client.workflow.getHandle(toReconcileWorkflowId(key));
  for (let from = 0; from < count; from += 100) {
    const batch = Array.from({ length: Math.min(100, count - from) }, (_, index) => from + index);
    await Promise.all(
      batch.map((index) => waitFor(`signal ${index} to be taken`, () => send(index).then(() => true as const))),
    );
    // Answered after what came before it.
    await waitFor('the run to have heard them', () => handle.query('status'));
  }
}

/** How many signals each run of the resource has in its history. */
async function countSignals(key: ResourceKey): Promise<readonly number[]> {
  const { workflow } = bed.servers.client;
  const workflowId = toReconcileWorkflowId(key);
  const counts: number[] = [];
  for await (const { runId } of workflow.list({ query: `WorkflowId = "${workflowId}"` })) {
    const { events } = await workflow.getHandle(workflowId, runId).fetchHistory();
    counts.push((events ?? []).filter((event) => Boolean(event.workflowExecutionSignaledEventAttributes)).length);
  }
  return counts;
}

/** Hundreds of runs on however slow a machine. */
const slow = { timeout: 240_000 };

test(
  'row 6: hundreds of changes while no runtime is there: each resource converges once, at its newest',
  slow,
  async () => {
    // Resources changed once, and others changed ten times.
    const once = toNames('waiting-once', sizeOf({ atCommit: 30, beforeRelease: 900 })).map((name) => ({
      name,
      spec: { size: 1 },
    }));
    const changedOften = toNames('waiting-often', sizeOf({ atCommit: 20, beforeRelease: 100 }));
    const often = Array.from({ length: 10 }, (_, round) =>
      changedOften.map((name) => ({ name, spec: { size: round + 1 } })),
    );
    for (const round of often.slice(0, -1)) await bed.putMany(shuffle(round, createRandom(1)));
    const keys = [...(await bed.putMany(once)), ...(await bed.putMany(often.at(-1)!))];
    await bed.start();
    await waitFor('all effects', () => effectsOf('waiting').length >= keys.length, 150_000);
    for (const key of keys) await bed.running(key);
    expect(effectsOf('waiting')).toHaveLength(keys.length);
    await bed.checkOracle(...keys);
    expect((await bed.servers.client.workflow.count("WorkflowType = 'reconcile'")).count).toBe(keys.length);
  },
);

test('row 43: many runs share a cache of two: each is replayed again and again, to the same end', slow, async () => {
  const names = toNames('uncached', sizeOf({ atCommit: 24, beforeRelease: 200 }));
  const runtime = await bed.start({ cachedWorkflows: 2 });
  const keys = await bed.putMany(names.map((name) => ({ name, spec: { size: 3, steps: 1 } })));
  await waitFor('all effects', () => effectsOf('uncached').length >= keys.length, 150_000);
  for (const key of keys) await bed.running(key);
  expect(effectsOf('uncached')).toHaveLength(keys.length);
  expect(runtime.logText()).not.toMatch(/nondeterminism/i);
  await bed.checkOracle(...keys);
});

test(
  'row 39: thousands of signals to one run: it goes on in new ones well before 10,000, and nothing said amid them is lost',
  slow,
  async () => {
    const { client, state } = bed.servers;
    await bed.start();
    const annotations = { 'homeostat.io/mode': 'propose' };
    const [key] = await bed.putMany([{ name: 'flooded', spec: { size: 1 }, annotations }]);
    await bed.condition(key!, 'AwaitingApproval');
    const [request] = await state.approvals.list('default', 'pending');
    const hint = { desiredRevision: 1, reason: 'desired-changed' };
    const count = sizeOf({ atCommit: 4_500, beforeRelease: 12_000 });
    await flood(key!, count, (index) =>
      index === count / 2 ? reportIssue(client, key!) : bed.signal(key!, 'changed', hint),
    );
    await bed.signal(key!, 'approve', { seal: request!.seal, approver: 'ann' });
    await bed.running(key!);
    expect(bed.effectsOn(key!)).toHaveLength(1);
    expect(await closedIncident(state.incidents, key!)).toMatchObject({ state: 'resolved', attempts: [] });

    const signals = await countSignals(key!);
    expect(signals.length).toBeGreaterThan(1);
    expect(Math.max(...signals)).toBeLessThan(Math.min(8_000, count));
    // Hints of our own watcher come on top.
    expect(signals.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(count);
    await bed.checkOracle(key!);
  },
);
