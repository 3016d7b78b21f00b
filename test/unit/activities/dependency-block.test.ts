import { describe, expect, test, vi } from 'vitest';
import { confirmPlan } from '../../../src/activities/confirm-plan.ts';
import { previewPlan } from '../../../src/activities/observe-and-plan.ts';
import { recordBlocked } from '../../../src/activities/verify-and-record.ts';
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

describe('what waits for something that is not desired', () => {
  const blockOf = async (bench: ReturnType<typeof createBench>) => {
    const planned = await bench.plan();
    if (planned.type !== 'blocked') throw new Error(`not blocked but ${planned.type}`);
    return planned.block;
  };

  test('says so in the words of the command line, by the place where it was written, and waits for it', async () => {
    const bench = createBench();
    await bench.putBox({ size: 1 }, {}, other('zz'));
    await bench.putBox({ size: 1 }, { dependsOn: ['zz', 'Box/nix'] });
    expect(await blockOf(bench)).toEqual({
      code: 'DEPENDENCY_NOT_READY',
      message:
        'NOT_FOUND metadata.dependsOn[1]: no such resource (got Box/nix) — apply it first, or in the same call; waits for Box/zz to be running',
      waitingFor: ['Box/nix', 'Box/zz'],
      retry: true,
    });
  });

  test('says no more than that where another tenant has it', async () => {
    const bench = createBench();
    await bench.putBox({ size: 1 }, { dependsOn: ['nix'] });
    const missing = await blockOf(bench);
    await bench.putBox({ size: 1 }, {}, other('nix', 't2'));
    expect(await blockOf(bench)).toEqual(missing);
  });

  test('of very many that are not there tells twenty', async () => {
    const bench = createBench();
    await bench.putBox({ size: 1 }, { dependsOn: Array.from({ length: 30 }, (_, index) => `nix-${index}`) });
    const { message, waitingFor } = await blockOf(bench);
    expect(message.split('NOT_FOUND')).toHaveLength(21);
    expect(message).toMatch(/; and 10 more$/);
    expect(waitingFor).toHaveLength(30);
  });

  test('is not told so in a preview: the door has looked, and the rest of the call comes with it', async () => {
    const bench = createBench();
    const desired = {
      apiVersion: 'homeostat/v1',
      kind: 'Box',
      metadata: { name: 'a', dependsOn: ['db'] },
      spec: { size: 1 },
    };
    expect(await previewPlan(bench.dependencies, bench.scope, { resource: box, desired })).toMatchObject({
      block: { code: 'DEPENDENCY_NOT_READY', message: 'waits for Box/db to be running' },
    });
  });
});

describe('what waits without end', () => {
  /** Boxes as anybody with etcdctl could put them. */
  async function boxes(dependencies: Readonly<Record<string, readonly string[]>>) {
    const bench = createBench();
    for (const [name, dependsOn] of Object.entries(dependencies)) {
      await bench.putBox({ size: 1 }, { dependsOn }, other(name));
    }
    const read = vi.spyOn(bench.state.resources, 'read');
    const readMany = vi.spyOn(bench.state.resources, 'readMany');
    const blockOf = async (name: string) => {
      read.mockClear();
      readMany.mockClear();
      const planned = await bench.plan({ resource: other(name) });
      return planned.type === 'blocked' ? planned.block : undefined;
    };
    const run = (name: string) => bench.putActual(sampleActual(), other(name));
    /** Resources that were read. */
    const reads = () => read.mock.calls.length + readMany.mock.calls.flatMap(([keys]) => keys).length;
    return { ...bench, blockOf, run, reads };
  }
  const chain = (length: number) =>
    Object.fromEntries(
      Array.from({ length }, (_, index) => [`n${index}`, index + 1 < length ? [`n${index + 1}`] : []]),
    );

  test('because it waits for itself says the way round, as the command line does, and waits on', async () => {
    const bench = await boxes({ a: ['b'], b: ['c'], c: ['a'] });
    expect(await bench.blockOf('b')).toEqual({
      code: 'INVALID_VALUE',
      message:
        'INVALID_VALUE metadata.dependsOn: depends on itself: Box/b → Box/c → Box/a → Box/b — take one of these dependencies out',
      waitingFor: ['Box/c'],
      retry: true,
      invalid: true,
    });
  });

  test('says it also where only what it waits for goes round', async () => {
    const bench = await boxes({ x: ['a'], a: ['b'], b: ['a'] });
    expect((await bench.blockOf('x'))?.message).toContain('Box/a → Box/b → Box/a');
  });

  test('is a matter of waiting: where one of the circle runs, it ends', async () => {
    const bench = await boxes({ a: ['b'], b: ['a'] });
    await bench.run('b');
    expect(await bench.blockOf('a')).toBeUndefined();
    const other = await boxes({ x: ['y'], y: ['a'], a: ['b'], b: ['a'] });
    await other.run('a');
    expect((await other.blockOf('x'))?.message).toBe('waits for Box/y to be running');
  });

  test.each([
    { length: 100, code: 'DEPENDENCY_NOT_READY' },
    { length: 101, code: 'TOO_MANY_ITEMS' },
    { length: 10_000, code: 'TOO_MANY_ITEMS' },
  ])('in a chain of $length → $code, after a hundred reads or so', async ({ length, code }) => {
    const bench = await boxes(chain(length));
    const block = await bench.blockOf('n0');
    expect(block).toMatchObject({ code, waitingFor: ['Box/n1'], retry: true });
    if (code === 'TOO_MANY_ITEMS') {
      expect(block?.message).toBe(
        'TOO_MANY_ITEMS metadata.dependsOn: a chain of more than 100 dependencies leads to Box/n0 — make the chain shorter',
      );
    }
    expect(bench.reads()).toBeLessThanOrEqual(101);
  });

  test('in a web as wide as it may be costs some hundreds of reads at most', async () => {
    const layer = (index: number) => Array.from({ length: 100 }, (_, place) => `n${index}-${place}`);
    const bench = await boxes({
      ...Object.fromEntries(
        [0, 1, 2, 3, 4, 5, 6, 7].flatMap((index) => layer(index).map((name) => [name, layer(index + 1)])),
      ),
      top: layer(0),
    });
    expect(await bench.blockOf('top')).toMatchObject({ code: 'DEPENDENCY_NOT_READY' });
    expect(bench.reads()).toBeLessThan(600);
  });

  test('is looked for neither where all runs nor beyond what runs', async () => {
    const bench = await boxes({ a: ['b', 'c'], b: ['d'], c: ['e'], d: [], e: [] });
    await bench.run('b');
    await bench.blockOf('a');
    expect(bench.reads(), 'itself, b, c, and e that c waits for').toBe(4);
    await bench.run('c');
    await bench.blockOf('a');
    expect(bench.reads(), 'itself, b and c').toBe(3);
  });

  test('is Invalid on record, still waits for what it waited for, and is tried again', async () => {
    const bench = await boxes({ a: ['b'], b: ['a'] });
    const { desiredRevision } = await bench.plan();
    const block = (await bench.blockOf('a'))!;
    await recordBlocked(bench.dependencies, bench.scope, { ...bench.reference, desiredRevision, block, steps: [] });
    const { conditions, ...status } = (await bench.actual())!.status;
    expect(status).toMatchObject({ state: 'Pending', waitingFor: ['Box/b'], retryAt: expect.any(String) as string });
    expect(conditions.map(({ type, reason }) => [type, reason])).toContainEqual(['Invalid', 'INVALID_VALUE']);
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

  test('of what others need that are to go and that it needs in turn goes first by path, and they go after it', async () => {
    const bench = createBench();
    await bench.converged(1);
    const names = ['a', 'app', 'db'];
    for (const [index, name] of names.entries()) {
      const dependsOn = [`Box/${names[(index + 1) % names.length]!}`];
      await bench.putActual(
        sampleActual({}, { lastApplied: { spec: { size: 1 }, labels: {}, dependsOn } }),
        other(name),
      );
    }
    await bench.putBox({ size: 1 }, {}, other('app'));
    await bench.removeBox();
    const waitingFor = { type: 'blocked', block: { code: 'HAS_DEPENDANTS', waitingFor: ['Box/db'] } };
    expect(await bench.plan(), 'one of them stays').toMatchObject(waitingFor);
    await bench.state.resources.deleteDesired(other('app'));
    const planned = await bench.sealed();
    expect(planned.change).toBe('delete');
    const { deltaDigest, desiredDigest } = planned.content;
    const confirm = { ...bench.reference, deltaDigest, desiredDigest };
    expect(await confirmPlan(bench.dependencies, bench.scope, confirm)).toBe(true);
    expect(await bench.plan({ resource: other('db') })).toMatchObject({ block: { waitingFor: ['Box/app'] } });
    expect(await bench.plan({ resource: other('app') })).toMatchObject({ block: { waitingFor: ['Box/a'] } });
    await bench.state.changeActual(box, () => undefined);
    expect((await bench.plan({ resource: other('app') })).type).toBe('plan');
    expect((await bench.plan({ resource: other('db') })).type).toBe('blocked');
  });

  test('is held up by no record that somebody broke', async () => {
    expect((await deleting([7, 'no/such/form/at/all'] as unknown as string[])).type).toBe('plan');
  });

  test('of a hundred at once looks at its tenant with all the others', async () => {
    const bench = createBench();
    await bench.putActual(
      sampleActual({}, { lastApplied: { spec: {}, labels: {}, dependsOn: ['Box/a'] } }),
      other('app'),
    );
    const lists = vi.spyOn(bench.store, 'list');
    const found = await Promise.all(Array.from({ length: 100 }, () => bench.state.removals.view(box)));
    expect(found.map(({ dependants }) => dependants)).toEqual(Array.from({ length: 100 }, () => [other('app')]));
    expect(lists.mock.calls.filter(([prefix]) => prefix === '/test/actual/default/')).toHaveLength(2);
  });
});
