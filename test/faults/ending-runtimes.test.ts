import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { toReconcileWorkflowId } from '../../src/domain/identity.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** Runtimes that end before their work does, and runtimes that work side by side. */
let bed: FaultBed;
beforeAll(async () => {
  bed = await startFaultBed();
});
afterEach(() => bed.killRuntimes());
afterAll(() => bed?.stop());

test('row 5: a runtime asked to end in a step, twice as by npm, lets it finish, ends with 0, and the step is not repeated', async () => {
  await bed.effects.setBehaviour({ delayMs: 2_000 });
  const runtime = await bed.start();
  const key = await bed.put('graceful', { size: 2, steps: 2 });
  await waitFor('the target to be at work', async () => (await bed.effects.underWay()).length === 1);
  runtime.process.kill('SIGINT');
  await sleep(50);
  expect(await runtime.kill('SIGINT')).toBe(0);
  const [first] = await bed.servers.state.ledger.list(key);
  expect(first?.entry).toMatchObject({ step: 's1', state: 'done', attempt: 1 });
  await bed.effects.setBehaviour({ delayMs: 0 });
  await bed.start();
  await bed.running(key);
  expect(bed.effectsOn(key)).toHaveLength(2);
  await bed.checkOracle(key);
});

test('row 5: a step that outlasts the grace time does not keep the runtime, and happens once', async () => {
  await bed.effects.setBehaviour({ delayMs: 6_000, tellUnderWay: true });
  const environment = { HOMEOSTAT_SHUTDOWN_GRACE: '1s', HOMEOSTAT_SHUTDOWN_FORCE: '3s' };
  const runtime = await bed.start({ environment });
  const key = await bed.put('outlasting', { size: 2 });
  await waitFor('the target to be at work', async () => (await bed.effects.underWay()).length === 1);
  const askedAt = Date.now();
  expect(await runtime.kill('SIGTERM')).toBe(0);
  expect(Date.now() - askedAt).toBeLessThan(4_000);
  await bed.start();
  await bed.running(key);
  await bed.effects.setBehaviour({ delayMs: 0, tellUnderWay: false });
  expect(bed.effectsOn(key)).toHaveLength(1);
  expect(bed.effects.refused()).toEqual([]);
  await bed.checkOracle(key);
});

test('a step that heeds no signal does not keep the process beyond the force time, and its effect happens once', async () => {
  const environment = { HOMEOSTAT_SHUTDOWN_GRACE: '1s', HOMEOSTAT_SHUTDOWN_FORCE: '2s' };
  const runtime = await bed.start({ environment, stepTimeoutMs: 60_000, gate: { name: 'after-effect', passing: 1 } });
  const key = await bed.put('heedless', { size: 2 });
  await runtime.gateReached();
  const askedAt = Date.now();
  expect(await runtime.kill('SIGTERM')).toBe(1);
  expect(Date.now() - askedAt).toBeLessThan(5_000);
  await bed.start();
  await bed.running(key);
  expect(bed.effectsOn(key)).toHaveLength(1);
  await bed.checkOracle(key);
});

test('row 7: a runtime that runs out of memory by what a tool gives back says so as it dies; the next finds the effect done', async () => {
  const environment = { NODE_OPTIONS: '--max-old-space-size=64', HOMEOSTAT_TEST_FLOODS: '1' };
  const runtime = await bed.start({ environment });
  const key = await bed.put('flooding', { size: 2, steps: 2 });
  await waitFor('its end', () => runtime.process.signalCode !== null);
  expect(runtime.process.signalCode).toBe('SIGABRT');
  expect(runtime.logText()).toMatch(/FATAL ERROR: .* JavaScript heap out of memory/);
  expect(bed.effectsOn(key)).toHaveLength(2);
  // As it is started again by whoever looks after it.
  await bed.start({ environment });
  await bed.running(key);
  expect(bed.effectsOn(key)).toHaveLength(2);
  const entries = await bed.servers.state.ledger.list(key);
  expect(entries.map(({ entry }) => entry)).toMatchObject([
    { state: 'done', attempt: 1 },
    { state: 'done', attempt: 2 },
  ]);
  await bed.checkOracle(key);
});

test('row 10: a change whose hint was never sent is found by the next runtime', async () => {
  const doomed = await bed.start({ gate: { name: 'before-hint', passing: 1 } });
  const key = await bed.put('unheard', { size: 2 });
  await doomed.gateReached();
  await doomed.kill();
  const handle = bed.servers.client.workflow.getHandle(toReconcileWorkflowId(key));
  await expect(handle.describe()).rejects.toThrow('workflow not found');
  await bed.start();
  await bed.running(key);
  expect(bed.effectsOn(key)).toHaveLength(1);
  await bed.checkOracle(key);
});

test('row 3: killed as its last activity ends, in the middle of a workflow task, a run goes on within 10 s', async () => {
  const first = await bed.start();
  const key = await bed.put('unheard-of-again', { size: 2 });
  await bed.running(key);
  await first.kill();
  // Row 10 again: nobody is there to hear of the delete.
  await bed.remove(key);
  await bed.start();
  const clearedAt = Date.now();
  await bed.condition(key, 'AwaitingApproval');
  expect(Date.now() - clearedAt).toBeLessThan(10_000);
  await bed.checkOracle(key);
});

test('row 9: two runtimes at once share thirty changes, and each is handled once in effect', async () => {
  const hosts = ['host-a', 'host-b'];
  const before = bed.effects.effects().length;
  await Promise.all(hosts.map((host) => bed.start({ host })));
  const names = Array.from({ length: 30 }, (_, index) => `shared-${index}`);
  const keys = await Promise.all(names.map((name) => bed.put(name, { size: 3, steps: 2 })));
  for (const key of keys) await bed.running(key);
  expect(bed.effects.effects().length - before).toBe(60);
  expect(bed.effects.refused()).toEqual([]);
  const entries = await Promise.all(keys.map((key) => bed.servers.state.ledger.list(key)));
  expect(new Set(entries.flat().map(({ entry }) => entry.worker)).size).toBe(hosts.length);
  await sleep(1_500);
  await bed.checkOracle(...keys);
  const runs = await Promise.all(keys.map((key) => bed.runsOf(key)));
  expect(runs.every((count) => count <= 2)).toBe(true);
});
