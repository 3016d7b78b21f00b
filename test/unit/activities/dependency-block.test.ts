import { describe, expect, test } from 'vitest';
import { present } from '../../../src/domain/outcome.ts';
import { box, createBench, sampleActual } from './activity-bench.ts';

const other = (name: string, tenant = 'default') => ({ tenant, kind: 'Box', name });

describe('a create or an update', () => {
  test.each([
    { state: undefined, desired: true, expected: 'blocked', reason: 'the dependency was never made' },
    { state: 'Creating', desired: true, expected: 'blocked', reason: 'the dependency is being made' },
    { state: 'Error', desired: true, expected: 'blocked', reason: 'the dependency is broken' },
    { state: 'Running', desired: false, expected: 'blocked', reason: 'the dependency is on its way out' },
    { state: 'Running', desired: true, expected: 'plan', reason: 'the dependency runs' },
  ] as const)('$reason → $expected', async ({ state, desired, expected }) => {
    const bench = createBench();
    const key = other('db');
    if (desired) await bench.putBox({ size: 1 }, {}, key);
    if (state !== undefined) await bench.putActual(sampleActual({ state }), key);
    await bench.putBox({ size: 1 }, { dependsOn: ['Box/db'] });
    const planned = await bench.plan();
    expect(planned.type).toBe(expected);
    if (planned.type === 'blocked') {
      expect(planned.block).toMatchObject({ code: 'DEPENDENCY_NOT_READY', waitingFor: ['Box/db'], retry: true });
    }
  });

  test('names all it waits for, sorted; only those of its own tenant count', async () => {
    const bench = createBench();
    await bench.putBox({ size: 1 }, {}, other('db', 't2'));
    await bench.putActual(sampleActual(), other('db', 't2'));
    await bench.putBox({ size: 1 }, { dependsOn: ['Box/db', 'Box/cache'] });
    expect(await bench.plan()).toMatchObject({ block: { waitingFor: ['Box/cache', 'Box/db'] } });
  });

  test('with nothing to do waits for nobody', async () => {
    const bench = createBench();
    await bench.putBox({ size: 1 }, { dependsOn: ['Box/db'] });
    bench.world.seen = present({ size: 1 });
    expect((await bench.plan()).type).toBe('nothing');
  });
});

describe('a delete', () => {
  async function deleting(dependsOn: readonly string[], key = other('app')) {
    const bench = createBench();
    await bench.converged(1);
    await bench.putActual(sampleActual({}, { lastApplied: { spec: {}, labels: {}, dependsOn } }), key);
    await bench.removeBox();
    return bench.plan();
  }

  test('waits for what was made on top of it', async () => {
    expect(await deleting(['Box/a'])).toMatchObject({
      type: 'blocked',
      block: { code: 'HAS_DEPENDANTS', waitingFor: ['Box/app'], retry: true },
    });
  });

  test.each([
    { dependsOn: ['Box/b'], key: other('app'), reason: 'that needs another' },
    { dependsOn: ['Box/a'], key: other('app', 't2'), reason: 'of another tenant, whose Box/a is its own' },
  ])('does not wait for one $reason', async ({ dependsOn, key }) => {
    expect((await deleting(dependsOn, key)).type).toBe('plan');
  });

  test('does not wait for itself', async () => {
    expect((await deleting(['Box/a'], box)).type).toBe('plan');
  });
});
