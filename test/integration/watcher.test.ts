import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ActualRecord } from '../../src/domain/actual.ts';
import type { ResourceKey } from '../../src/domain/identity.ts';
import { createKeys } from '../../src/domain/keys.ts';
import type { Hint } from '../../src/domain/messages.ts';
import { createWatcher } from '../../src/starters/watcher.ts';
import { createEtcdStore } from '../../src/state/etcd-store.ts';
import type { Store } from '../../src/state/store.ts';
import { startEtcd, type EtcdProcess } from './state/etcd-process.ts';

let etcd: EtcdProcess;
let store: Store;
beforeAll(async () => {
  etcd = await startEtcd();
  store = createEtcdStore({ endpoints: [etcd.endpoint] });
});
afterAll(async () => {
  await store?.close();
  await etcd?.close();
});

test('of drift that a list finds amid a run it is told as drift, since desired would be no news to that run', async () => {
  const keys = createKeys('/homeostat');
  const key: ResourceKey = { tenant: 'default', kind: 'Widget', name: 'a' };
  const actual: ActualRecord = {
    apiVersion: 'homeostat/v1',
    kind: 'Widget',
    metadata: { name: 'a', tenant: 'default' },
    id: '2',
    status: { state: 'Updating', settledRevision: -1, drifted: true, failures: 0, conditions: [] },
  };
  await store.commit(
    [],
    [
      { type: 'put', key: keys.desired(key), value: '{}' },
      { type: 'put', key: keys.actual(key), value: JSON.stringify(actual) },
    ],
  );
  const hinted: Hint[] = [];
  const watcher = createWatcher({
    connection: { endpoints: [etcd.endpoint] },
    keys,
    hints: {
      send: (_, hint) => void hinted.push(hint),
      pending: 0,
      trouble: undefined,
      close: async () => undefined,
    },
    log: { info: () => undefined, warn: () => undefined },
  });
  await watcher.start();
  await watcher.close();
  expect(hinted.map(({ reason }) => reason)).toEqual(['desired-changed', 'drifted']);
});
