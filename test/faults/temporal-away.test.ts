import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { freezeProcess } from '../support/freeze-process.ts';
import { sizeOf } from '../support/seeds.ts';
import { waitFor } from '../support/wait-for.ts';

/** Faults rows 12 and 13: desired changes while Temporal is away, or there and silent. */
let bed: FaultBed;
beforeAll(async () => {
  bed = await startFaultBed();
});
afterEach(() => bed.killRuntimes());
afterAll(() => bed?.stop());

/** At a commit past the deadlines of hints and health, the heartbeat and our longest pause (5 s). */
const awayMs = sizeOf({ atCommit: 13_000, beforeRelease: 60_000 });
const frozenMs = sizeOf({ atCommit: 12_000, beforeRelease: 30_000 });
const slow = { timeout: 60_000 + 2 * awayMs };
/** After the fault all goes on within this. */
const goesOnWithinMs = 10_000;
/** The SDK's pollers pause for up to 10 s, give or take a fifth, once a server has been away for long; not ours to set. */
const longestPollPauseMs = 12_000;
/** A person must not look at a runtime that says it is well for longer than this. */
const saidWithinMs = 8_000;

test(
  'row 12: Temporal away while desired changes: hints wait, one a resource, readiness says so, then all converge',
  slow,
  async () => {
    const runtime = await bed.start();
    const names = Array.from({ length: 20 }, (_, index) => `unheard-${index}`);
    process.kill(await bed.servers.pidOf('temporal'), 'SIGKILL');
    const goneAt = Date.now();
    await waitFor(
      'readiness to say so',
      async () => (await runtime.health()).checks.temporal?.ok === false,
      saidWithinMs,
    );
    let mostPending = 0;
    let trouble = '';
    let changes = 0;
    while (Date.now() - goneAt < awayMs) {
      changes += names.length;
      await bed.putMany(names.map((name) => ({ name, spec: { size: changes } })));
      const { ready, checks } = await runtime.health();
      expect(ready).toBe(false);
      const [, pending, why = ''] = /^(\d+) pending:? ?(.*)/.exec(checks.hints!.detail!)!;
      mostPending = Math.max(mostPending, Number(pending));
      trouble = why;
      await sleep(400);
    }
    expect(changes).toBeGreaterThan(5 * names.length);
    expect(mostPending).toBe(names.length);
    expect(trouble).not.toBe('');
    await bed.servers.restart();
    const backAt = Date.now();
    const keys = names.map((name) => ({ tenant: 'default', kind: 'Widget', name }));
    for (const key of keys) await bed.running(key);
    expect(Date.now() - backAt).toBeLessThan(longestPollPauseMs + goesOnWithinMs);
    // Coalesced: what was overwritten meanwhile was never made.
    for (const key of keys) expect(bed.effectsOn(key).map(({ value }) => value)).toEqual([{ size: changes }]);
    await waitFor('readiness', async () => (await runtime.health()).ready);
    await bed.checkOracle(...keys);
  },
);

test(
  'row 13: Temporal frozen mid-plan while desired changes: no run starts twice, no effect either',
  slow,
  async () => {
    await bed.effects.setBehaviour({ delayMs: 300 });
    const runtime = await bed.start();
    const begun = Array.from({ length: 10 }, (_, index) => ({ name: `begun-${index}`, spec: { size: 1, steps: 4 } }));
    const earlier = bed.effects.effects().length;
    const keys = [...(await bed.putMany(begun))];
    await waitFor('the plans to be under way', () => bed.effects.effects().length > earlier + begun.length);
    const temporal = await bed.servers.pidOf('temporal');
    await freezeProcess(temporal);
    const frozenAt = Date.now();
    const late = Array.from({ length: 10 }, (_, index) => ({ name: `late-${index}`, spec: { size: 2, steps: 2 } }));
    keys.push(...(await bed.putMany(late)));
    await bed.putMany(begun.slice(0, 5).map(({ name }) => ({ name, spec: { size: 9 } })));
    await waitFor(
      'readiness to say so',
      async () => (await runtime.health()).checks.temporal?.ok === false,
      saidWithinMs,
    );
    await sleep(frozenAt + frozenMs - Date.now());
    process.kill(temporal, 'SIGCONT');
    const thawedAt = Date.now();
    for (const key of keys) await bed.running(key);
    expect(Date.now() - thawedAt).toBeLessThan(goesOnWithinMs);
    expect(bed.effects.refused()).toEqual([]);
    await bed.checkOracle(...keys);
    for (const key of keys) expect(await bed.runsOf(key)).toBeLessThanOrEqual(2);
  },
);
