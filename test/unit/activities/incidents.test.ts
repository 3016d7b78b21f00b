import { expect, test } from 'vitest';
import type { ActivityDependencies } from '../../../src/activities/dependencies.ts';
import { closeIncident, openIncident } from '../../../src/activities/incidents.ts';
import { recordBlocked } from '../../../src/activities/verify-and-record.ts';
import { box, createBench, diskFull } from './activity-bench.ts';

test('what is no longer wanted has no incident, but one that is open goes on to its end', async () => {
  const bench = createBench();
  await bench.putBox({ size: 1 });
  const open = (runId: string) =>
    openIncident(bench.dependencies, { ...bench.scope, runId }, { ...bench.reference, issue: diskFull });
  expect(await open('run-1')).toEqual({ type: 'open' });
  await bench.removeBox();
  expect(await open('run-1'), 'a second attempt of the same').toEqual({ type: 'open' });
  expect(await open('run-2')).toMatchObject({ type: 'suppressed' });
});

test('what comes back again and again is given to people, however often a run asks', async () => {
  const bench = createBench();
  await bench.putBox({ size: 1 });
  const tenMinutes = 600_000;
  for (const time of [0, 1, 2, 3]) {
    const scope = { ...bench.scope, runId: `run-${time}` };
    const reference = { ...bench.reference, issue: diskFull, now: bench.reference.now + time * tenMinutes };
    const opened = await openIncident(bench.dependencies, scope, reference);
    expect(opened).toMatchObject({ type: time < 3 ? 'open' : 'flapping' });
    expect(await openIncident(bench.dependencies, scope, reference), 'a second attempt of the same').toEqual(opened);
    await closeIncident(bench.dependencies, scope, { ...reference, outcome: 'resolved', attempts: [], proof: 'whole' });
  }
});

test('what people are asked about is on record however its reason would be cut in the middle of a character', async () => {
  const bench = createBench();
  await bench.converged();
  const reference = { ...bench.reference, issue: diskFull };
  await openIncident(bench.dependencies, bench.scope, reference);
  const reason = `${'x'.repeat(499)}🦊`;
  const end = { outcome: 'escalated', attempts: [], reason, leaveAloneMs: 60_000 } as const;
  await closeIncident(bench.dependencies, bench.scope, { ...reference, ...end });
  expect(await bench.state.incidents.get(box, diskFull.type)).toMatchObject({ state: 'escalated', reason });
  expect((await bench.actual())?.status.leftAlone?.reason).toMatch(/ x{499}$/);
});

test('a refused repair is kept beside a refused change, and neither is asked again before somebody says so', async () => {
  const bench = createBench();
  await bench.converged(1, { labels: { env: 'production' } });
  await bench.putBox({ size: 2 }, { labels: { env: 'production' } });
  const { identity, desiredRevision } = await bench.sealed();
  const refusal = { identity, reason: 'no', approver: 'unverified:ann' };
  const block = { code: 'APPROVAL_REJECTED', message: 'no', retry: false } as const;
  const blocked = { ...bench.reference, desiredRevision, block, steps: [], refusal };
  await recordBlocked(bench.dependencies, bench.scope, blocked);
  const reference = { ...bench.reference, issue: diskFull };
  await openIncident(bench.dependencies, bench.scope, reference);
  const ofRepair = { ...refusal, identity: 'f'.repeat(64) };
  const end = { outcome: 'escalated', attempts: [], reason: 'r', refusal: ofRepair } as const;
  await closeIncident(bench.dependencies, bench.scope, { ...reference, ...end });
  expect((await bench.actual())?.status).toMatchObject({ refused: refusal, refusedRepair: ofRepair });
  expect(await bench.plan()).toMatchObject({ type: 'blocked', block: { code: 'APPROVAL_REJECTED' } });
  expect((await bench.plan({ retryAsked: true })).type).toBe('plan');
  const lifted = (await bench.state.audit.list(box)).find(({ type }) => type === 'block-lifted');
  expect(lifted?.detail).toEqual({ refused: refusal, refusedRepair: ofRepair });
  const { status } = (await bench.actual())!;
  expect([status.refused, status.refusedRepair]).toEqual([undefined, undefined]);
});

test('a date that came by a signal with text in brackets is kept as a date alone', async () => {
  const bench = createBench();
  await bench.putBox({ size: 1 });
  const issue = { ...diskFull, since: '1 Jan 2026 00:00 GMT (approved by everybody)' };
  await openIncident(bench.dependencies, bench.scope, { ...bench.reference, issue });
  expect(await bench.state.incidents.get(box, diskFull.type)).toMatchObject({ since: '2026-01-01T00:00:00.000Z' });
});

/** A bench with an incident that `run-1` has opened, and who is told what. */
async function opened() {
  const bench = createBench();
  await bench.converged();
  const told: string[] = [];
  const dependencies: ActivityDependencies = {
    ...bench.dependencies,
    tell: async ({ title }) => void told.push(title),
  };
  const reference = { ...bench.reference, issue: diskFull };
  const open = (runId: string) => openIncident(dependencies, { ...bench.scope, runId }, reference);
  await open('run-1');
  const escalate = (runId: string) =>
    closeIncident(
      dependencies,
      { ...bench.scope, runId },
      { ...reference, outcome: 'escalated', attempts: [], reason: 'r', leaveAloneMs: 60_000 },
    );
  const incident = () => bench.state.incidents.get(box, diskFull.type);
  return { bench, told, open, escalate, incident };
}

test('a treatment that ends late ends no incident of another run, and tells nobody of it', async () => {
  const { bench, told, open, escalate, incident } = await opened();
  await open('run-2');
  const before = await bench.actual();
  await escalate('run-1');
  expect(await incident()).toMatchObject({ state: 'open', runId: 'run-2' });
  expect(await bench.actual()).toEqual(before);
  await escalate('run-2');
  await escalate('run-3');
  expect(await incident()).toMatchObject({ state: 'escalated', runId: 'run-2' });
  expect(told).toEqual(['disk_full on Box/a needs a person']);
});

test('the end of an incident is told again where it was on record and may not have been told, and is on record once', async () => {
  const { bench, told, escalate } = await opened();
  await escalate('run-1');
  await escalate('run-1');
  expect(told).toHaveLength(2);
  const ends = (await bench.state.audit.list(box)).filter(({ type }) => type === 'incident-closed');
  expect(ends).toHaveLength(1);
});

test('nobody is called to what was deleted while it was treated', async () => {
  const { bench, told, escalate, incident } = await opened();
  await bench.removeBox();
  await escalate('run-1');
  expect(await incident()).toMatchObject({ state: 'escalated', reason: 'r' });
  expect(told).toEqual([]);
});
