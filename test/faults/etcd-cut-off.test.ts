import { setTimeout as sleep } from 'node:timers/promises';
import { Etcd3 } from 'etcd3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ResourceKey } from '../../src/domain/identity.ts';
import { startProxy, type Proxy } from '../integration/state/proxy.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import { freezeProcess } from '../support/freeze-process.ts';
import { runHomeostat } from '../support/run-program.ts';
import { createRandom, listSeeds, shuffle } from '../support/seeds.ts';
import { widgetKey } from '../support/test-bed.ts';
import type { TestRuntime } from '../support/test-runtime.ts';
import { waitFor } from '../support/wait-for.ts';

/** Faults rows 18, 20 and 21: an etcd that went silent, and one that went on without the runtime. */
let bed: FaultBed;
let proxy: Proxy;
let runtime: TestRuntime;
beforeAll(async () => {
  bed = await startFaultBed();
  proxy = await startProxy(Number(bed.servers.etcdEndpoints[0]!.split(':').at(-1)));
  runtime = await bed.start({ environment: { HOMEOSTAT_ETCD_ENDPOINTS: proxy.endpoint } });
});
afterAll(async () => {
  await proxy?.close();
  await bed?.stop();
});

/** The rows' own limit for seeing a stall, and a second for asking. */
const seenWithinMs = 5_000 + 1_000;
const goesOnWithinMs = 10_000;

const toKeys = (names: readonly string[]): readonly ResourceKey[] => names.map(widgetKey);
const toNames = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
const lossSeen = () =>
  waitFor('the loss to be seen', async () => (await runtime.health()).checks.watcher?.ok === false, seenWithinMs);
const countResyncs = async () => Number(/(\d+) resyncs/.exec((await runtime.health()).checks.watcher!.detail!)![1]);

async function allRunning(keys: readonly ResourceKey[], withinMs = goesOnWithinMs): Promise<void> {
  const since = Date.now();
  for (const key of keys) await bed.running(key);
  expect(Date.now() - since).toBeLessThan(withinMs);
}

test('row 18: etcd frozen mid-plan: seen within 5 s, calls fail by their deadline, then all goes on', async () => {
  await bed.effects.setBehaviour({ delayMs: 200 });
  const names = toNames('frozen', 6);
  const keys = await bed.putMany(names.map((name) => ({ name, spec: { size: 1, steps: 4 } })));
  await waitFor('the plans to be under way', () => bed.effects.effects().length > names.length);
  const etcd = await bed.servers.pidOf('etcd');
  await freezeProcess(etcd);
  const frozenAt = Date.now();
  // Whether this one is written nobody can know before the thaw.
  const write = bed.put(names[0]!, { size: 9 }).catch((error: unknown) => error);
  const command = runHomeostat(bed.servers, runtime.dataDir, ['get', 'Widget']);
  await lossSeen();
  expect(await command).toMatchObject({ code: 1, stderr: expect.stringContaining('STORE_UNAVAILABLE') as string });
  expect(await write).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(Date.now() - frozenAt).toBeLessThan(8_000);
  process.kill(etcd, 'SIGCONT');
  await waitFor('etcd to answer', () => bed.put(names[1]!, { size: 7 }).catch(() => undefined));
  await allRunning(keys);
  await waitFor('readiness', async () => (await runtime.health()).ready);
  expect(bed.effects.refused()).toEqual([]);
  await bed.effects.setBehaviour({ delayMs: 0 });
  await bed.checkOracle(...keys);
});

test('row 18: a black hole before etcd: seen within 5 s, and what changed behind it is made when it ends', async () => {
  const keys = toKeys(toNames('swallowed', 6));
  await bed.putMany(keys.slice(0, 3).map(({ name }) => ({ name, spec: { size: 1 } })));
  await allRunning(keys.slice(0, 3));
  proxy.swallow();
  await bed.putMany(keys.map(({ name }) => ({ name, spec: { size: 2 } })));
  await lossSeen();
  proxy.pass();
  // A connection on which nothing comes back is given up by its keepalive: ten seconds, and three for an answer.
  await allRunning(keys, goesOnWithinMs + 5_000);
  await bed.checkOracle(...keys);
});

test.each(listSeeds())(
  'row 20: 600 changes of 10 kB while cut off, more than one answer holds: none is lost (seed %i)',
  async (seed) => {
    // Each thirty times, so that what costs is the catching up and not the resources' steps.
    const keys = toKeys(toNames(`large-${seed}`, 20));
    const random = createRandom(seed);
    const resyncs = await countResyncs();
    proxy.refuse();
    await lossSeen();
    const annotations = { padding: 'x'.repeat(10_000) };
    for (let round = 1; round <= 30; round += 1) {
      const spec = { size: round };
      await bed.putMany(shuffle(keys, random).map(({ name }) => ({ name, spec, annotations })));
    }
    proxy.pass();
    await allRunning(keys, 30_000);
    // Caught up event by event, not by a new list.
    expect(await countResyncs()).toBe(resyncs);
    for (const key of keys) expect(bed.effectsOn(key).at(-1)?.value).toEqual({ size: 30 });
    await bed.checkOracle(...keys);
  },
);

test.each(listSeeds())(
  'row 21: compacted while cut off: all is listed again, deletes too, and readiness counts it (seed %i)',
  async (seed) => {
    const keys = toKeys(toNames(`compacted-${seed}`, 8));
    await bed.putMany(keys.map(({ name }) => ({ name, spec: { size: 1 } })));
    await allRunning(keys);
    const resyncs = await countResyncs();
    proxy.refuse();
    await lossSeen();
    const [deleted, untouched, ...changed] = shuffle(keys, createRandom(seed)) as [ResourceKey, ...ResourceKey[]];
    const fresh = toKeys(toNames(`compacted-${seed}-fresh`, 4));
    await bed.putMany([...changed, ...fresh].map(({ name }) => ({ name, spec: { size: 2 } })));
    await bed.remove(deleted);
    await compact();
    proxy.pass();
    await allRunning([...changed, ...fresh]);
    await bed.condition(deleted, 'AwaitingApproval');
    expect(await countResyncs()).toBeGreaterThan(resyncs);
    expect(runtime.logText()).toContain('lists again');
    for (const key of changed) expect(bed.effectsOn(key).map(({ value }) => value?.size)).toEqual([1, 2]);
    expect(bed.effectsOn(untouched!)).toHaveLength(1);
    await bed.checkOracle(...keys, ...fresh);
  },
);

async function compact(): Promise<void> {
  const client = new Etcd3({ hosts: [...bed.servers.etcdEndpoints] });
  try {
    const { header } = await client.kv.range({ key: Buffer.from('/') });
    await client.kv.compact({ revision: header.revision, physical: true });
    await sleep(100);
  } finally {
    client.close();
  }
}
