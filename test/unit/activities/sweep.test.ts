import { afterEach, describe, expect, test, vi } from 'vitest';
import { sweep, type SweepOptions, type SweptPlace } from '../../../src/activities/sweep.ts';
import { toSweepOrder } from '../../../src/activities/sweep-order.ts';
import type { ActivityDependencies } from '../../../src/activities/dependencies.ts';
import { HomeostatError } from '../../../src/domain/failure.ts';
import { present } from '../../../src/domain/outcome.ts';
import { box, createBench, sampleActual } from './activity-bench.ts';

/** So many boxes of this host, each seen with a size that nobody recorded; more than there are looks at once. */
const count = 50;
/** The last few are of a tenant that comes last by name. */
const toKey = (index: number) => ({ ...box, tenant: index < 45 ? 'big' : 'small', name: `box-${index}` });
async function driftedBench() {
  const bench = createBench();
  for (let index = 0; index < count; index += 1) {
    const key = toKey(index);
    const { name, tenant } = key;
    await bench.putBox({ size: 1 }, { tenant }, key);
    await bench.putActual(sampleActual({ owner: 'host-1' }, { metadata: { name, tenant } }), key);
  }
  bench.world.seen = present({ size: 2 });
  const warnings: object[] = [];
  const sweepWith = (change: Partial<ActivityDependencies> = {}, signal = bench.scope.signal) =>
    sweep(
      {
        ...bench.dependencies,
        log: { info: () => undefined, warn: (fields, message) => void warnings.push({ ...fields, message }) },
        ...change,
      },
      'this-host',
      signal,
    );
  let looks = 0;
  return {
    ...bench,
    warnings,
    sweepWith,
    looks: () => looks,
    onLook: (look: (index: number) => void) => {
      bench.world.onLook = async () => look((looks += 1));
    },
  };
}

describe('a sweep', () => {
  afterEach(() => void vi.useRealTimers());

  test('looks at all though most looks fail, counts those, and says so once', async () => {
    const bench = await driftedBench();
    bench.onLook((index) => {
      if (index <= 40) throw new Error('cannot look');
    });
    expect(await bench.sweepWith()).toEqual({ looked: count, drifted: count - 40, failed: 40 });
    expect(bench.warnings.filter((line) => !('fields' in line))).toEqual([
      {
        place: 'this-host',
        failed: 40,
        resource: expect.stringMatching(/^Box\/box-/) as string,
        tenant: expect.any(String) as string,
        cause: 'cannot look',
        message: expect.any(String) as string,
      },
    ]);
  });

  test('fails when the store is away, and looks no further', async () => {
    const bench = await driftedBench();
    bench.onLook(() => undefined);
    let writes = 0;
    const changeActual: typeof bench.state.changeActual = async (...change) => {
      if ((writes += 1) === 1) throw new HomeostatError('STORE_UNAVAILABLE', { problem: 'told to be away' });
      return bench.state.changeActual(...change);
    };
    const swept = bench.sweepWith({ state: { ...bench.state, changeActual } });
    await expect(swept).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(bench.looks()).toBeLessThan(count);
  });

  test('that is given up fails, and looks no further', async () => {
    const bench = await driftedBench();
    const givingUp = new AbortController();
    bench.onLook(() => {
      givingUp.abort(new Error('given up'));
      throw new Error('nobody listens any more');
    });
    await expect(bench.sweepWith({}, givingUp.signal)).rejects.toThrow('given up');
    expect(bench.looks()).toBeLessThan(count);
  });

  test('whose looks take too long ends in time, with how many it did not come to, of no tenant all', async () => {
    const bench = await driftedBench();
    vi.useFakeTimers({ toFake: ['performance'] });
    bench.onLook(() => void vi.advanceTimersByTime(45_000));
    const { looked, left } = await bench.sweepWith();
    expect(looked).toBeLessThan(count);
    expect(left).toBe(count - looked);
    for (let index = 45; index < count; index += 1) {
      expect((await bench.state.resources.read(toKey(index))).actual?.record.status.drifted).toBe(true);
    }
  });
});

describe('a sweep of kinds that are bound to no host', () => {
  const sweptBench = async () => {
    const bench = createBench({ override: { withHosts: false } });
    await bench.putBox({ size: 1 });
    await bench.putActual(sampleActual({ owner: 'gone' }));
    const readMany = vi.spyOn(bench.state.resources, 'readMany');
    const sweepOf = (place: SweptPlace, options?: SweepOptions) =>
      sweep(bench.dependencies, place, bench.scope.signal, options);
    return { ...bench, readMany, sweepOf };
  };

  test('reads none of them for a host', async () => {
    const bench = await sweptBench();
    expect(await bench.sweepOf('this-host')).toEqual({ looked: 0, drifted: 0 });
    expect(bench.readMany).not.toHaveBeenCalled();
  });

  test('reads them at a start, to let go what is held, and does not look', async () => {
    const bench = await sweptBench();
    expect(await bench.sweepOf('this-host', { releasesAll: true })).toEqual({ looked: 0, drifted: 0 });
    expect(bench.readMany).toHaveBeenCalled();
  });

  test('looks at them from anywhere, whatever host is on record of when they were bound to one', async () => {
    const bench = await sweptBench();
    expect(await bench.sweepOf('anywhere')).toMatchObject({ looked: 1 });
  });
});

describe('the order of a sweep', () => {
  const swept = (tenant: string, names: string) => names.split('').map((name) => ({ tenant, name }));
  const all = [...swept('big', 'abcdef'), ...swept('small', 'xy')];
  const order = (random: number) =>
    toSweepOrder(all, () => random)
      .map(({ name }) => name)
      .join('');

  test.each([
    { random: 0, expected: 'axbycdef', reason: 'tenants take turns' },
    { random: 0.5, expected: 'ydxefabc', reason: 'another time it begins elsewhere, with another tenant' },
    { random: 0.999, expected: 'yfxabcde', reason: 'nothing is left out at the end' },
  ])('$expected: $reason', ({ random, expected }) => {
    expect(order(random)).toBe(expected);
  });

  test('of nothing is nothing', () => {
    expect(toSweepOrder([])).toEqual([]);
  });
});
