import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { waitFor } from '../support/wait-for.ts';

/** Servers that die at the worst moment and come back on their data. */
let bed: FaultBed;
beforeAll(async () => {
  bed = await startFaultBed();
});
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
    await runtime.kill();
  },
);

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
    await runtime.kill();
  },
);
