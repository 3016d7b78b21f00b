import { Etcd3 } from 'etcd3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKeys } from '../../../src/domain/keys.ts';
import { createEtcdStore } from '../../../src/state/etcd-store.ts';
import { createState, createStateOver } from '../../../src/state/state.ts';
import type { Store } from '../../../src/state/store.ts';
import { transact } from '../../../src/state/transact.ts';
import { describeStoreContract } from '../../unit/state/store-contract.ts';
import { sampleActual, scope, web } from '../../unit/state/samples.ts';
import { startEtcd, type EtcdProcess } from './etcd-process.ts';
import { startProxy } from './proxy.ts';
import { waitUntil } from './wait-until.ts';

let etcd: EtcdProcess;
beforeAll(async () => {
  etcd = await startEtcd();
});
afterAll(() => etcd.close());

describeStoreContract('the etcd store', async () => createEtcdStore({ endpoints: [etcd.endpoint] }));

const event = { type: 'run-recorded', ...scope, detail: { outcome: 'converged' } } as const;

describe('a commit whose answer is cut off (fault row 16)', () => {
  test('is written once, with its audit record', async () => {
    const proxy = await startProxy(etcd.port);
    const state = createState({ endpoints: [proxy.endpoint] }, createKeys('/cut'));
    try {
      await state.changeActual(web, () => sampleActual({ failures: 1 }), event);
      for (let round = 2; round <= 4; round += 1) {
        // Cut at the commit, not at the read before it.
        const store: Store = {
          ...state.store,
          commit(compares, writes) {
            proxy.cutAtNextAnswer();
            return state.store.commit(compares, writes);
          },
        };
        const cutting = createStateOver(store, state.keys);
        expect(await cutting.changeActual(web, () => sampleActual({ failures: round }), event)).toMatchObject({
          written: true,
        });
      }
      expect(proxy.cuts).toBe(3);
      expect((await state.audit.list(web)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
      expect(await state.audit.verify(web)).toBeUndefined();
      const { entry } = await state.store.get(state.keys.actual(web));
      expect(JSON.parse(entry!.value)).toMatchObject({ status: { failures: 4 } });
    } finally {
      await state.close();
      await proxy.close();
    }
  });
});

describe('a store that fails', () => {
  test('nobody there → STORE_UNAVAILABLE, retryable', async () => {
    const store = createEtcdStore({ endpoints: ['127.0.0.1:1'] });
    await expect(store.get('/x')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    await store.close();
  });

  test('a dead endpoint among living ones does not stop reads or guarded writes', async () => {
    const store = createEtcdStore({ endpoints: ['127.0.0.1:1', etcd.endpoint] });
    for (let round = 0; round < 6; round += 1) {
      await transact(store, ['/among'], (snapshot) => ({
        writes: [{ type: 'put', key: '/among', value: `${Number(snapshot.get('/among')?.value ?? 0) + 1}` }],
        result: undefined,
      }));
    }
    expect((await store.get('/among')).entry?.value).toBe('6');
    await store.close();
  });

  test('killed in the middle of writes and back again: each is done once (fault row 16)', async () => {
    const state = createState({ endpoints: [etcd.endpoint] }, createKeys('/killed'));
    const writing = (async () => {
      for (let round = 1; round <= 40; round += 1) {
        for (;;) {
          try {
            await state.changeActual(
              web,
              (current) => sampleActual({ failures: (current?.status.failures ?? 0) + 1 }),
              {
                ...event,
                detail: { round },
              },
            );
            break;
          } catch (error) {
            // Never sent, because the read before it failed.
            expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
            await new Promise((resolve) => setTimeout(resolve, 100));
          }
        }
      }
    })();
    await waitUntil(async () => (await state.audit.list(web)).length >= 5, 'five writes');
    await etcd.kill();
    await etcd.restart();
    await writing;
    expect((await state.audit.list(web)).map(({ detail }) => detail.round)).toEqual(
      Array.from({ length: 40 }, (_, index) => index + 1),
    );
    expect(await state.audit.verify(web)).toBeUndefined();
    expect((await state.resources.read(web)).actual?.record.status.failures).toBe(40);
    await state.close();
  });

  test('a connection that swallows what it is given is left after one call (fault row 18)', async () => {
    const proxy = await startProxy(etcd.port);
    const store = createEtcdStore({ endpoints: [proxy.endpoint], timeoutMs: 500 });
    try {
      await store.get('/swallowed');
      proxy.swallow();
      await expect(store.get('/swallowed')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      proxy.pass();
      expect(await store.get('/swallowed')).toMatchObject({ revision: expect.any(Number) });
    } finally {
      await store.close();
      await proxy.close();
    }
  });

  test('a frozen etcd fails calls by their deadline, and all is well after (fault row 18)', async () => {
    const store = createEtcdStore({ endpoints: [etcd.endpoint], timeoutMs: 500 });
    await store.get('/x');
    await etcd.freeze();
    try {
      const begun = performance.now();
      await expect(store.get('/x')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect(performance.now() - begun).toBeLessThan(2_000);
    } finally {
      etcd.thaw();
    }
    await waitUntil(async () => (await store.get('/x').catch(() => undefined)) !== undefined, 'reads work again');
    await store.close();
  });
});

test('resources too large to be read together are read in fewer at once, and in order', async () => {
  const state = createState({ endpoints: [etcd.endpoint] }, createKeys('/large'));
  const keys = Array.from({ length: 40 }, (_, index) => ({ ...web, name: `large-${index}` }));
  try {
    for (const [index, key] of keys.entries()) {
      const value = JSON.stringify({ index, filler: 'x'.repeat(1_000_000) });
      await state.store.commit([], [{ type: 'put', key: state.keys.desired(key), value }]);
    }
    const snapshots = await state.resources.readMany(keys);
    expect(snapshots.map(({ desired }) => (desired!.value as { index: number }).index)).toEqual([...keys.keys()]);
  } finally {
    await state.close();
  }
});

test('a key put for a time is on a lease of that time and an hour, and put again on one that lives', async () => {
  const store = createEtcdStore({ endpoints: [etcd.endpoint] });
  const client = new Etcd3({ hosts: etcd.endpoint });
  const leaseOf = async (key: string) => (await client.kv.range({ key: Buffer.from(key) })).kvs[0]!.lease;
  const lifeOf = async (lease: string) => Number((await client.leaseClient.leaseTimeToLive({ ID: lease })).grantedTTL);
  await store.putFor('/lapsing/a', 'a', 10);
  await store.putFor('/lapsing/b', 'b', 10);
  const lease = await leaseOf('/lapsing/a');
  expect(await lifeOf(lease)).toBe(3_610);
  expect(await leaseOf('/lapsing/b')).toBe(lease);
  await client.leaseClient.leaseRevoke({ ID: lease });
  expect((await store.get('/lapsing/a')).entry).toBeUndefined();
  await store.putFor('/lapsing/a', 'a', 10);
  expect(await lifeOf(await leaseOf('/lapsing/a'))).toBe(3_610);
  client.close();
  await store.close();
});

test('a kept key outlives its time to live while it is held, and lapses when its holder is gone', async () => {
  const holder = createEtcdStore({ endpoints: [etcd.endpoint] });
  const store = createEtcdStore({ endpoints: [etcd.endpoint] });
  const held = await holder.keepAlive('/host', '{}', 2);
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  expect((await store.get('/host')).entry).toBeDefined();
  // As good as dead: its renewals no longer get anywhere.
  await holder.close();
  await waitUntil(async () => (await store.get('/host')).entry === undefined, 'the key lapses', 8_000);
  await held.close();
  await store.close();
});

test('a key that two keep stands again when one of them has gone, and goes with the last', async () => {
  const store = createEtcdStore({ endpoints: [etcd.endpoint] });
  const stands = async () => (await store.get('/shared')).entry !== undefined;
  const earlier = await store.keepAlive('/shared', '{}', 2);
  const later = await store.keepAlive('/shared', '{}', 2);
  await later.close();
  await waitUntil(stands, 'the key is put again');
  // On a lease that is renewed.
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  expect(await stands()).toBe(true);
  await earlier.close();
  expect(await stands()).toBe(false);
  await store.close();
});
