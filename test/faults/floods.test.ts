import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { createRandom, shuffle } from '../support/seeds.ts';
import { waitFor } from '../support/wait-for.ts';

/** Faults rows 6 and 43: more work at once than is usual, and less memory for it. */
let bed: FaultBed;
beforeAll(async () => {
  bed = await startFaultBed();
});
afterEach(() => bed.killRuntimes());
afterAll(() => bed?.stop());

/** Effects on resources whose names begin so. */
const effectsOf = (prefix: string) => bed.effects.effects().filter(({ object }) => object.includes(`.${prefix}-`));
const toNames = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

/** Hundreds of runs on however slow a machine. */
const slow = { timeout: 240_000 };

test(
  'row 6: a thousand changes while no runtime is there: each resource converges once, at its newest',
  slow,
  async () => {
    // 50 resources changed once, 100 changed ten times.
    const once = toNames('waiting-once', 50).map((name) => ({ name, spec: { size: 1 } }));
    const often = Array.from({ length: 10 }, (_, round) =>
      toNames('waiting-often', 100).map((name) => ({ name, spec: { size: round + 1 } })),
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

test(
  'row 43: two hundred runs share a cache of two: each is replayed again and again, to the same end',
  slow,
  async () => {
    const names = toNames('uncached', 200);
    const runtime = await bed.start({ cachedWorkflows: 2 });
    const keys = await bed.putMany(names.map((name) => ({ name, spec: { size: 3, steps: 1 } })));
    await waitFor('all effects', () => effectsOf('uncached').length >= keys.length, 150_000);
    for (const key of keys) await bed.running(key);
    expect(effectsOf('uncached')).toHaveLength(keys.length);
    expect(runtime.logText()).not.toMatch(/nondeterminism/i);
    await bed.checkOracle(...keys);
  },
);
