import { describe, expect, test } from 'vitest';
import type { ActivityDependencies } from '../../../src/activities/dependencies.ts';
import { toBlocked } from '../../../src/activities/status.ts';
import { sweep } from '../../../src/activities/sweep.ts';
import type { ActualStatus } from '../../../src/domain/actual.ts';
import type { ModelRoute } from '../../../src/domain/model-route.ts';
import { modeAnnotation, type Mode } from '../../../src/domain/mode.ts';
import { needsRun } from '../../../src/domain/needs-run.ts';
import type { Block } from '../../../src/domain/run.ts';
import { createBench, now, sampleActual } from './activity-bench.ts';

const observeOnly: Block = { code: 'OBSERVE_ONLY', message: 'would create, but only observes', retry: false };
const invalid: Block = { code: 'UNKNOWN_FIELD', message: 'spec.sise', retry: false, invalid: true };
const noRule: Block = { code: 'NO_RULE', message: 'no rule knows it', retry: false };
const modes = (mode: Mode) => ({ default: mode, kinds: {}, tenants: {} });
const asked: ModelRoute = [{ provider: 'ollama', model: 'm', complexity: 'low', reason: '' }];

interface Held {
  readonly block: Block;
  readonly status?: Partial<ActualStatus>;
  readonly spec?: object;
  readonly metadata?: object;
}

/** A box of one size that is held, in a world without any. */
async function heldBench({ block, status = {}, spec = { size: 1 }, metadata = {} }: Held) {
  const bench = createBench();
  const revision = await bench.putBox(spec, metadata);
  const before = sampleActual({ state: 'Pending' }).status;
  const backOff = { now, firstMs: 1_000, longestMs: 8_000 };
  await bench.putActual(sampleActual({ ...toBlocked(before, revision, block, undefined, backOff), ...status }));
  const sweepWith = (change: Partial<ActivityDependencies>) =>
    sweep({ ...bench.dependencies, ...change }, 'anywhere', bench.scope.signal);
  const { settings, models } = bench.dependencies;
  return {
    ...bench,
    revision,
    sweepIn: (mode: Mode) => sweepWith({ settings: { ...settings, modes: modes(mode) } }),
    sweepWithModels: () => sweepWith({ models: { ...models, route: () => asked } }),
    sweepAtStart: () => sweep(bench.dependencies, 'this-host', bench.scope.signal, { releasesAll: true }),
    sweepOfHost: () => sweep(bench.dependencies, 'this-host', bench.scope.signal),
    storeRevision: async () => (await bench.store.get('/test/none')).revision,
    isDue: async () => needsRun(revision, await bench.actual(), Date.now()) === 'retry-due',
  };
}

describe('a sweep lets go', () => {
  test('what mode observe held, once the mode is another, with its reason as it was until it is looked at', async () => {
    const bench = await heldBench({ block: observeOnly });
    await bench.sweepIn('propose');
    expect(await bench.isDue()).toBe(true);
    expect((await bench.actual())!.status).toMatchObject({ drifted: false, failures: 1, state: 'Pending' });
    expect((await bench.actual())!.status.conditions[1]).toMatchObject({ type: 'Blocked', reason: 'ObserveOnly' });
  });

  test('what is invalid no more, now that its kind accepts it', async () => {
    const bench = await heldBench({ block: invalid });
    await bench.sweepIn('act');
    expect(await bench.isDue()).toBe(true);
  });

  test('what no rule knew, once a model can be asked', async () => {
    const bench = await heldBench({ block: noRule });
    await bench.sweepWithModels();
    expect(await bench.isDue()).toBe(true);
  });

  test('what has no owner also where a start looks only at what its host owns, and no other sweep of a host does', async () => {
    const bench = await heldBench({ block: observeOnly });
    expect(await bench.sweepOfHost()).toEqual({ looked: 0, drifted: 0 });
    expect(await bench.isDue()).toBe(false);
    expect(await bench.sweepAtStart()).toEqual({ looked: 0, drifted: 0 });
    expect(await bench.isDue()).toBe(true);
  });

  test('a thing once: a second sweep writes nothing', async () => {
    const bench = await heldBench({ block: observeOnly });
    await bench.sweepIn('act');
    const revision = await bench.storeRevision();
    await bench.sweepIn('act');
    await bench.sweepAtStart();
    expect(await bench.storeRevision()).toBe(revision);
  });
});

describe('a sweep writes nothing', () => {
  const unchanged = async (held: Held, change: (bench: Awaited<ReturnType<typeof heldBench>>) => Promise<unknown>) => {
    const bench = await heldBench(held);
    const revision = await bench.storeRevision();
    await change(bench);
    expect(await bench.storeRevision()).toBe(revision);
  };

  test.each([
    { block: observeOnly, mode: 'observe', reason: 'while its mode is observe' },
    {
      block: observeOnly,
      mode: 'act',
      metadata: { annotations: { [modeAnnotation]: 'observe' } },
      reason: 'while it says observe itself',
    },
    { block: invalid, mode: 'act', spec: { sise: 1 }, reason: 'while it is not valid' },
    {
      block: { ...invalid, retry: true },
      mode: 'act',
      reason: 'where a secret is missing: that is looked for by the clock',
    },
    { block: noRule, mode: 'act', reason: 'while no model can be asked' },
    {
      block: observeOnly,
      mode: 'act',
      status: { settledRevision: 1 },
      reason: 'where desired is another: that has its run',
    },
    { block: observeOnly, mode: 'act', status: { drifted: true }, reason: 'where it drifted: that has its run' },
    { block: observeOnly, mode: 'act', status: { owner: 'host-2' }, reason: "to what is another host's" },
    {
      block: { code: 'APPROVAL_REJECTED', message: 'no (ann)', retry: false },
      mode: 'act',
      reason: 'to what a person refused',
    },
    {
      block: { code: 'APPROVAL_EXPIRED', message: 'nobody', retry: false },
      mode: 'act',
      reason: 'to what nobody decided on',
    },
    {
      block: { code: 'OUTCOME_UNKNOWN', message: 'given up', retry: false },
      mode: 'act',
      reason: 'to what a person gave up',
    },
    {
      block: { code: 'LEFT_ALONE', message: 'left', retry: true, retryAt: '2027-01-01T00:00:00.000Z' },
      mode: 'act',
      reason: 'to what is left alone',
    },
    {
      block: { code: 'FROZEN', message: 'all', retry: false, frozenBy: ['all'] },
      mode: 'act',
      reason: 'to what is frozen',
    },
  ] as const)('$reason', async ({ mode, ...held }) => {
    await unchanged(held, (bench) => bench.sweepIn(mode));
  });

  test('to what a person refused when a model can be asked', async () => {
    await unchanged({ block: { code: 'APPROVAL_REJECTED', message: 'no (ann)', retry: false } }, (bench) =>
      bench.sweepWithModels(),
    );
  });
});
