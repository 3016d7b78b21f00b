import { Etcd3 } from 'etcd3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createEtcdStore } from '../../../src/state/etcd-store.ts';
import type { Store } from '../../../src/state/store.ts';
import { startEtcd, type EtcdProcess } from './etcd-process.ts';
import { startProxy, type Proxy } from './proxy.ts';
import { createRecordedWatch, type RecordedWatch } from './recorded-watch.ts';
import { waitUntil } from './wait-until.ts';

let etcd: EtcdProcess;
let store: Store;
let watch: RecordedWatch | undefined;
let tests = 0;
let prefix = '';

beforeAll(async () => {
  etcd = await startEtcd();
  store = createEtcdStore({ endpoints: [etcd.endpoint] });
});
afterAll(async () => {
  await store.close();
  await etcd.close();
});
beforeEach(() => {
  prefix = `/watch/${(tests += 1)}/`;
});
afterEach(async () => {
  await watch?.close();
  watch = undefined;
});

const put = (key: string, value = '1') => store.commit([], [{ type: 'put', key: prefix + key, value }]);
const remove = (key: string) => store.commit([], [{ type: 'delete', key: prefix + key }]);
const begin = async (options: Parameters<typeof createRecordedWatch>[0] | object = {}) => {
  const begun = createRecordedWatch({ connection: { endpoints: [etcd.endpoint] }, prefix, ...options });
  watch = begun;
  await begun.start();
  await waitUntil(() => begun.state().connected, 'connected');
  return begun;
};
const compactNow = async () => {
  const client = new Etcd3({ hosts: etcd.endpoint });
  const { revision } = await store.get('/');
  await client.kv.compact({ revision, physical: true });
  client.close();
};

describe('a prefix watch', () => {
  test('lists what is there, then tells each change once and in order', async () => {
    await put('a');
    await put('b');
    const seen = await begin();
    expect(seen.lists).toMatchObject([{ keys: [`${prefix}a`, `${prefix}b`] }]);
    const created = await put('c', '"new"');
    await put('c', '"newer"');
    const deleted = await remove('a');
    await waitUntil(() => seen.events.length >= 3, 'three events');
    expect(seen.events).toEqual([
      {
        type: 'put',
        key: `${prefix}c`,
        value: '"new"',
        modRevision: created.revision,
        createRevision: created.revision,
      },
      {
        type: 'put',
        key: `${prefix}c`,
        value: '"newer"',
        modRevision: created.revision + 1,
        createRevision: created.revision,
      },
      { type: 'delete', key: `${prefix}a`, modRevision: deleted.revision, createRevision: 0 },
    ]);
    expect(seen.state()).toMatchObject({ connected: true, resyncs: 0, lastRevision: deleted.revision });
  });

  test('keeps to its prefix', async () => {
    const seen = await begin();
    await store.commit([], [{ type: 'put', key: `${prefix.slice(0, -1)}-other`, value: '1' }]);
    await put('mine');
    await waitUntil(() => seen.events.length > 0, 'an event');
    expect(seen.events.map(({ key }) => key)).toEqual([`${prefix}mine`]);
  });

  test('a consumer that throws is told on and breaks nothing', async () => {
    const seen = await begin({
      onEvent: () => {
        throw new Error('consumer');
      },
    });
    await put('a');
    await put('b');
    await waitUntil(() => seen.faults.length === 2, 'two faults');
    expect(seen.state().connected).toBe(true);
  });

  test('lists again every so often, without a gap and without a resync', async () => {
    const seen = await begin({ relistMs: 200 });
    let written = 0;
    for (; seen.lists.length < 4; written += 1) await put(`k${written}`, `${written}`);
    await waitUntil(() => seen.mirror.size === written, 'all keys');
    expect(seen.state()).toMatchObject({ resyncs: 0 });
    const order = seen.events.map(({ modRevision }) => modRevision);
    expect(order).toEqual(order.toSorted((left, right) => left - right));
  });

  test('what a list finds as it was handed on is not handed on again, and what was not taken in is', async () => {
    await put('a', '1');
    await put('b', '2');
    const faults: unknown[] = [];
    let isDeaf = false;
    const seen = await begin({
      relistMs: 300,
      onEvent: () => {
        if (isDeaf) throw new Error('not now');
      },
      onFault: (error: unknown) => void faults.push(error),
    });
    await waitUntil(() => seen.lists.length >= 3, 'two more lists');
    expect(seen.lists.slice(1, 3)).toMatchObject([{ keys: 'unchanged' }, { keys: 'unchanged' }]);
    isDeaf = true;
    await put('c', '3');
    await waitUntil(() => faults.length > 0, 'an event that is not taken in');
    const before = seen.lists.length;
    await waitUntil(() => seen.lists.length > before + 1, 'another list');
    expect(seen.mirror.get(`${prefix}c`)).toBe('3');
    expect(seen.lists.slice(before).filter(({ keys }) => keys !== 'unchanged')).toHaveLength(1);
  });

  test('without values it lists the keys alone', async () => {
    const { revision } = await put('a', '1');
    const lists: unknown[] = [];
    await begin({ withoutValues: true, onList: (entries: unknown) => void lists.push(entries) });
    expect(lists).toEqual([[{ key: `${prefix}a`, value: '', createRevision: revision, modRevision: revision }]]);
  });

  test('where nothing is written for long, etcd is heard all the same, and never taken for lost', async () => {
    await put('a');
    const causes: string[] = [];
    const seen = await begin({ onState: ({ cause }: { readonly cause?: string }) => void causes.push(cause ?? '') });
    await new Promise((resolve) => setTimeout(resolve, 4_500));
    expect(causes.filter((cause) => cause !== '')).toEqual([]);
    expect(seen.state()).toMatchObject({ connected: true, resyncs: 0 });
    expect(seen.lists).toHaveLength(1);
    expect(seen.events).toEqual([]);
  });

  test('etcd not there yet: the start waits, and says why meanwhile', async () => {
    await etcd.kill();
    const waiting = createRecordedWatch({ connection: { endpoints: [etcd.endpoint] }, prefix });
    watch = waiting;
    const started = waiting.start();
    await waitUntil(() => waiting.state().cause !== undefined, 'a cause');
    await etcd.restart();
    await started;
    expect(waiting.lists).toHaveLength(1);
  });

  test('closed before it could start, the start is refused', async () => {
    const never = createRecordedWatch({ connection: { endpoints: ['127.0.0.1:1'] }, prefix });
    const started = never.start();
    await never.close();
    await expect(started).rejects.toThrow('was closed');
  });

  test('a dead endpoint among living ones is passed over', async () => {
    const seen = await begin({ connection: { endpoints: ['127.0.0.1:1', etcd.endpoint] } });
    await put('a');
    await waitUntil(() => seen.mirror.size === 1, 'the key');
  });
});

describe('a watch that loses its etcd', () => {
  let proxy: Proxy;
  beforeEach(async () => {
    proxy = await startProxy(etcd.port);
  });
  afterEach(() => proxy.close());
  const beginThroughProxy = () => begin({ connection: { endpoints: [proxy.endpoint] } });
  const away = async (seen: RecordedWatch) => {
    proxy.refuse();
    await waitUntil(() => !seen.state().connected, 'the loss is seen');
  };

  test('killed and back on the same data: goes on behind the last event, no resync', async () => {
    const seen = await begin();
    await put('before');
    await waitUntil(() => seen.mirror.size === 1, 'the first key');
    await etcd.kill();
    await waitUntil(() => !seen.state().connected, 'the loss is seen');
    await etcd.restart();
    await put('after');
    await waitUntil(() => seen.mirror.size === 2, 'the second key');
    expect(seen.events).toHaveLength(2);
    expect(seen.lists).toHaveLength(1);
    expect(seen.state()).toMatchObject({ connected: true, resyncs: 0 });
  });

  test('600 changes of 10 kB while away: none is lost, none comes twice (fault row 20)', async () => {
    const seen = await beginThroughProxy();
    await away(seen);
    const value = JSON.stringify('x'.repeat(10_000));
    for (let from = 0; from < 600; from += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, index) => put(`k${from + index}`, value)));
    }
    proxy.pass();
    await waitUntil(() => seen.mirror.size === 600, '600 keys');
    expect(seen.events).toHaveLength(600);
    expect([...seen.mirror.values()].every((stored) => stored === value)).toBe(true);
    expect(seen.state().resyncs).toBe(0);
  });

  test('cut again and again in the middle of catching up: none is lost, none comes twice', async () => {
    const seen = await beginThroughProxy();
    await away(seen);
    const value = JSON.stringify('x'.repeat(100_000));
    const writes = (batch: number) =>
      Array.from({ length: 10 }, (_, index) => ({ type: 'put', key: `${prefix}${batch}-${index}`, value }) as const);
    for (let batch = 0; batch < 20; batch += 1) await store.commit([], writes(batch));
    // Lets through some megabytes, then cuts, mostly in the middle of a transaction's events.
    for (let cut = 0; cut < 4; cut += 1) await proxy.passBytes(2_500_000 + cut * 77_777);
    proxy.pass();
    await waitUntil(() => seen.mirror.size === 200, '200 keys');
    expect(new Set(seen.events.map(({ key }) => key)).size).toBe(200);
    expect(seen.events).toHaveLength(200);
  });

  test('compaction while away: lists again, tells the deletes, one resync (fault row 21)', async () => {
    await put('kept');
    await put('gone');
    const seen = await beginThroughProxy();
    await away(seen);
    await remove('gone');
    await put('new');
    await compactNow();
    proxy.pass();
    await waitUntil(() => seen.lists.length === 2, 'a second list');
    expect([...seen.mirror.keys()]).toEqual([`${prefix}kept`, `${prefix}new`]);
    const { revision } = seen.lists[1]!;
    expect(seen.events).toEqual([{ type: 'delete', key: `${prefix}gone`, modRevision: revision, createRevision: 0 }]);
    await put('later');
    await waitUntil(() => seen.mirror.size === 3, 'it goes on');
    expect(seen.state()).toMatchObject({ connected: true, resyncs: 1 });
  });

  test('frozen, with the connection open: seen within 5 s, and caught up after (fault row 18)', async () => {
    const seen = await begin();
    await etcd.freeze();
    const frozenAt = performance.now();
    await waitUntil(() => !seen.state().connected, 'the stall is seen');
    expect(performance.now() - frozenAt).toBeLessThan(5_000);
    etcd.thaw();
    await put('after');
    await waitUntil(() => seen.mirror.size === 1 && seen.state().connected, 'the key');
    expect(seen.state().resyncs).toBe(0);
  });

  test('a black hole in between: seen within 5 s, and caught up after (fault row 18)', async () => {
    const seen = await beginThroughProxy();
    const silentAt = performance.now();
    proxy.swallow();
    await waitUntil(() => !seen.state().connected, 'the stall is seen');
    expect(performance.now() - silentAt).toBeLessThan(5_000);
    await put('meanwhile');
    proxy.pass();
    await waitUntil(() => seen.mirror.size === 1 && seen.state().connected, 'the key');
  });

  test('a store that lost everything is listed again, its deletes are told', async () => {
    await put('a');
    const seen = await begin();
    await etcd.wipe();
    await etcd.restart();
    await waitUntil(() => seen.lists.length === 2, 'a second list');
    expect(seen.mirror.size).toBe(0);
    await put('b');
    await waitUntil(() => seen.mirror.size === 1, 'it goes on');
    expect(seen.state()).toMatchObject({ resyncs: 1 });
  });
});
