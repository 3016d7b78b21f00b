import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { ResourceKey } from '../../src/domain/identity.ts';
import { externalNameOf } from '../../src/domain/kind.ts';
import { startProxy } from '../integration/state/proxy.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { sizeOf } from '../support/seeds.ts';
import { listStepReporters } from '../support/step-reports.ts';
import { widgetKey } from '../support/test-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** Servers that die at the worst moment and come back on their data, or whose connections do. */
let bed: FaultBed;
beforeAll(async () => {
  bed = await startFaultBed();
});
afterEach(() => bed.killRuntimes());
afterAll(() => bed?.stop());

const kill = async (server: 'temporal' | 'etcd') => process.kill(await bed.servers.pidOf(server), 'SIGKILL');

/** Faults row 11. */
const goesOnWithinMs = 5_000;

test.each([
  { gate: 'after-effect', awayMs: 0 },
  { gate: 'before-report', awayMs: 8_000 },
] as const)(
  'row 11: Temporal killed mid-plan ($gate, away $awayMs ms) goes on with the next step within 5 s of being back',
  async ({ gate, awayMs }) => {
    const runtime = await bed.start({ gate: { name: gate, passing: 2 } });
    const key = await bed.put(`interrupted-${awayMs}`, { size: 2, steps: 3 });
    await runtime.gateReached();
    await kill('temporal');
    runtime.openGate();
    await sleep(awayMs);
    await bed.servers.restart();
    const backAt = Date.now();
    await waitFor('the next step', () => bed.effectsOn(key).length === 3);
    expect(Date.now() - backAt).toBeLessThan(goesOnWithinMs);
    await bed.running(key);
    await bed.checkOracle(key);
  },
);

test('row 14: connections reset just when a step is reported, of three steps each: none is done or begun again', async () => {
  const proxy = await startProxy(Number(bed.servers.temporalAddress.split(':').at(-1)));
  onTestFinished(proxy.close);
  const steps = [1, 2, 3];
  const keys = steps.map((step) => widgetKey(`cut-off-${step}`));
  const runtime = await bed.start({
    gate: steps.map((passing, index) => ({ name: 'before-report', passing, on: externalNameOf(keys[index]!) })),
    environment: { HOMEOSTAT_TEMPORAL_ADDRESS: new URL(proxy.endpoint).host },
  });
  await Promise.all(keys.map(({ name }) => bed.put(name, { size: 2, steps: steps.length })));
  await runtime.gateReached();
  proxy.reset();
  runtime.openGate();
  await sleep(500);
  // The report that is being made has not come through.
  const reports = () => Promise.all(keys.map((key) => listStepReporters(bed.servers.client, key)));
  expect((await reports()).map(({ length }) => length)).toEqual([0, 1, 2]);
  proxy.pass();
  for (const key of keys) {
    await bed.running(key);
    expect(bed.effectsOn(key)).toHaveLength(steps.length);
    const entries = await bed.servers.state.ledger.list(key);
    expect(entries.map(({ entry }) => entry)).toMatchObject(steps.map(() => ({ state: 'done', attempt: 1 })));
  }
  expect((await reports()).map(({ length }) => length)).toEqual([3, 3, 3]);
  await bed.checkOracle(...keys);
});

test('row 15: half a second of delay each way to Temporal, on a thin line, makes a run slower and nothing else', async () => {
  const proxy = await startProxy(Number(bed.servers.temporalAddress.split(':').at(-1)));
  onTestFinished(proxy.close);
  await bed.start({ environment: { HOMEOSTAT_TEMPORAL_ADDRESS: new URL(proxy.endpoint).host } });
  const latencyMs = 500;
  proxy.slow(latencyMs, 64 * 1024);
  const from = Date.now();
  const keys = await bed.putMany([1, 2].map((steps) => ({ name: `far-off-${steps}`, spec: { size: 2, steps } })));
  for (const [index, key] of keys.entries()) {
    await bed.running(key);
    expect(bed.effectsOn(key)).toHaveLength(index + 1);
    const entries = await bed.servers.state.ledger.list(key);
    expect(entries.map(({ entry }) => entry.attempt)).toEqual(Array(index + 1).fill(1));
  }
  // There and back for each activity at least, or the line was not slow.
  expect(Date.now() - from).toBeGreaterThan(4 * 2 * latencyMs);
  await bed.checkOracle(...keys);
});

test.each(['before-effect', 'after-effect', 'before-report'] as const)(
  'row 16: etcd killed in a step (%s) and back a moment later: one effect, and its receipt is written',
  async (gate) => {
    const runtime = await bed.start({ gate: { name: gate, passing: 1 } });
    const key = await bed.put(`unrecorded-${gate}`, { size: 2, steps: 2 });
    await runtime.gateReached();
    await kill('etcd');
    runtime.openGate();
    await sleep(1_000);
    await bed.servers.restart();
    await bed.running(key);
    expect(bed.effectsOn(key)).toHaveLength(2);
    const entries = await bed.servers.state.ledger.list(key);
    expect(entries.map(({ entry }) => entry)).toMatchObject([{ state: 'done', attempt: 1 }, { state: 'done' }]);
    await bed.checkOracle(key);
  },
);

/** Longer than a step may take with what is reserved for the ledger, which cannot be had in seconds. */
const awayMs = sizeOf({ atCommit: 0, beforeRelease: 60_000 });

test.runIf(awayMs > 0)(
  'row 17: etcd away mid-plan for longer than a step may take: no plan is lost, and each goes by what is desired then',
  { timeout: 4 * awayMs },
  async () => {
    const proxy = await startProxy(Number(bed.servers.etcdEndpoints[0]!.split(':').at(-1)));
    onTestFinished(proxy.close);
    const [kept, overtaken] = [widgetKey('kept'), widgetKey('overtaken')] as const;
    const runtime = await bed.start({
      gate: [kept, overtaken].map((key) => ({ name: 'after-effect', passing: 1, on: externalNameOf(key) })),
      stepTimeoutMs: 1_500,
      environment: { HOMEOSTAT_ETCD_ENDPOINTS: proxy.endpoint },
    });
    await bed.putMany([kept, overtaken].map(({ name }) => ({ name, spec: { size: 1, steps: 3 } })));
    await runtime.gateReached();
    await kill('etcd');
    proxy.refuse();
    runtime.openGate();
    await sleep(awayMs);
    expect((await runtime.health()).ready).toBe(false);
    expect([kept, overtaken].flatMap((key) => bed.effectsOn(key))).toHaveLength(2);
    await bed.servers.restart();
    await bed.put(overtaken.name, { size: 9 });
    proxy.pass();
    for (const key of [kept, overtaken]) await bed.running(key);
    const partsOf = (key: ResourceKey) =>
      bed.effectsOn(key).map(({ object }) => object.replace(externalNameOf(key), ''));
    expect(partsOf(kept)).toEqual(['-part-1', '-part-2', '']);
    expect(partsOf(overtaken)).toEqual(['-part-1', '']);
    const entries = (await bed.servers.state.ledger.list(kept)).map(({ entry }) => entry);
    expect(new Set(entries.map(({ seal }) => seal)).size).toBe(1);
    expect(entries[0]!.attempt).toBeGreaterThan(1);
    await bed.checkOracle(kept, overtaken);
  },
);
