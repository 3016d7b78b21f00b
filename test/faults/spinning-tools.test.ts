import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ResourceKey } from '../../src/domain/identity.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { isAlive } from '../support/is-alive.ts';
import { sizeOf } from '../support/seeds.ts';
import type { TestRuntime } from '../support/test-runtime.ts';
import { waitFor } from '../support/wait-for.ts';
import { largeSize } from '../support/widget-agent.ts';

/** Fault row 8: an isolated tool that spins, for as long as a file is there. */
let bed: FaultBed;
let spinFile: string;
beforeAll(async () => {
  bed = await startFaultBed();
  spinFile = join(bed.servers.folder, 'spin');
});
beforeEach(() => writeFileSync(spinFile, ''));
afterEach(() => bed.killRuntimes());
afterAll(() => bed?.stop());

/** Before a release three attempts are more than the twenty seconds that this is about. */
const stepTimeoutMs = sizeOf({ atCommit: 2_500, beforeRelease: 7_000 });

const start = (): Promise<TestRuntime> =>
  bed.start({ stepTimeoutMs, environment: { HOMEOSTAT_TEST_SPIN_WHILE: spinFile, HOMEOSTAT_RETRY_FIRST: '2s' } });

/** Processes that the tool has run in, in order. */
function spinners(): readonly number[] {
  const file = `${spinFile}.pids`;
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
}

test('row 8: other resources go on beside a tool that spins; its own is blocked, and made once it spins no more', async () => {
  const runtime = await start();
  const large = await bed.put('large', { size: largeSize });
  await waitFor('the tool to spin', () => spinners().length > 0);
  const others: ResourceKey[] = [];
  const end = { isThere: false };
  const blocked = bed.condition(large, 'Blocked').finally(() => (end.isThere = true));
  while (!end.isThere) {
    const other = await bed.put(`other-${others.length}`, { size: 1, steps: 2 });
    others.push(other);
    await bed.running(other);
    await sleep(500);
  }
  expect(await blocked).toContain('STEP_TIMED_OUT');
  // A tool on the runtime's own event loop would have let none of them through.
  expect(others.length).toBeGreaterThan(2);
  expect(await runtime.health()).toMatchObject({ ready: true });
  expect(spinners().length).toBeGreaterThanOrEqual(3);
  expect(bed.effectsOn(large)).toEqual([]);
  // Whoever was told to end has a second for it, and would go on where nothing makes it spin.
  const toldToEnd = spinners();
  await waitFor('them to be gone', async () => !(await Promise.all(toldToEnd.map(isAlive))).includes(true), 5_000);
  rmSync(spinFile);
  await bed.running(large);
  expect(bed.effectsOn(large)).toHaveLength(1);
  await bed.checkOracle(large, ...others);
});

test('row 8: what spins dies with its runtime, and the next one makes the effect, once', async () => {
  const runtime = await start();
  const before = spinners().length;
  const large = await bed.put('large-and-killed', { size: largeSize });
  const spinner = await waitFor('the tool to spin', () => spinners()[before]);
  await runtime.kill();
  await waitFor('the spinning process to be gone', async () => !(await isAlive(spinner)), 5_000);
  rmSync(spinFile);
  await start();
  await bed.running(large);
  expect(bed.effectsOn(large)).toHaveLength(1);
  await bed.checkOracle(large);
});
