import { beforeEach, describe, expect, test } from 'vitest';
import { isToldOf, mayReport } from '../../../src/runtime/may-report.ts';
import type { ActualRecord } from '../../../src/domain/actual.ts';
import { box, createBench } from '../activities/activity-bench.ts';

const now = Date.parse('2026-11-21T12:00:00.000Z');
const minute = 60_000;
const at = (minutesAgo: number) => new Date(now - minutesAgo * minute).toISOString();

describe('an incident speaks for a fault', () => {
  const fault = { since: now - minute, now };

  test('while it is open, but no longer than an hour: its run may have been lost', () => {
    expect(isToldOf({ state: 'open', openedAt: at(59) }, fault)).toBe(true);
    expect(isToldOf({ state: 'open', openedAt: at(60) }, fault)).toBe(false);
  });

  test('for a while after it was resolved, so that the repair can settle', () => {
    expect(isToldOf({ state: 'resolved', openedAt: at(9), closedAt: at(1) }, fault)).toBe(true);
    expect(isToldOf({ state: 'resolved', openedAt: at(9), closedAt: at(2) }, fault)).toBe(false);
  });

  test('for an hour after people were given it, and for as long as the fault has not gone since', () => {
    const given = { state: 'escalated', openedAt: at(61), closedAt: at(61) } as const;
    expect(isToldOf({ ...given, closedAt: at(59) }, fault)).toBe(true);
    expect(isToldOf(given, fault)).toBe(false);
    expect(isToldOf(given, { since: now - 70 * minute, now })).toBe(true);
  });

  test('only if there is one', () => {
    expect(isToldOf(undefined, fault)).toBe(false);
  });
});

describe('the runtime says by itself that a thing has a fault', () => {
  let bench: ReturnType<typeof createBench>;
  const ask = () => mayReport(bench.dependencies, box, { type: 'service_down', since: now - minute, now });
  const record = (revision: number, status: Partial<ActualRecord['status']> = {}): ActualRecord => ({
    apiVersion: 'homeostat/v1',
    kind: 'Box',
    metadata: { name: 'a', tenant: 'default' },
    id: '1',
    status: { state: 'Running', settledRevision: revision, drifted: false, failures: 0, conditions: [], ...status },
  });
  beforeEach(() => {
    bench = createBench();
  });

  test('when it runs as it is desired', async () => {
    await bench.putActual(record(await bench.putBox({ size: 1 })));
    expect(await ask()).toBe('report');
  });

  test('also while people are asked about it, whom a critical fault does not wait for', async () => {
    await bench.putBox({ size: 1 });
    await bench.putActual(record(-1));
    expect(await ask()).toBe('report');
  });

  test.each<[string, Partial<ActualRecord['status']>]>([
    ['while a run changes it', { state: 'Updating' }],
    ['when it never came about', { state: 'Error' }],
    ['when it was found to have drifted, for which there is a run', { drifted: true }],
    ['while something newer is desired', { settledRevision: 0 }],
  ])('but not %s', async (_, status) => {
    await bench.putActual(record(await bench.putBox({ size: 1 }), status));
    expect(await ask()).toBe('held');
  });

  test("but not when it is another host's", async () => {
    bench.world.placement = 'host';
    await bench.putActual(record(await bench.putBox({ size: 1 }), { owner: 'host-2' }));
    expect(await ask()).toBe('held');
  });

  test('but not when it is only observed, frozen, or not wanted any more', async () => {
    const revision = await bench.putBox({ size: 1 }, { annotations: { 'homeostat.io/mode': 'observe' } });
    await bench.putActual(record(revision));
    expect(await ask()).toBe('held');
    await bench.putActual(record(await bench.putBox({ size: 1 })));
    await bench.state.freezes.freeze('tenant/default', { by: 'ann', reason: 'a look', since: at(1) });
    expect(await ask()).toBe('held');
    await bench.state.freezes.thaw('tenant/default', 'ann');
    expect(await ask()).toBe('report');
    await bench.removeBox();
    expect(await ask()).toBe('held');
  });
});
