import { Etcd3 } from 'etcd3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEtcdStore } from '../../../src/state/etcd-store.ts';
import { startEtcd, type EtcdProcess } from './etcd-process.ts';
import { startProxy } from './proxy.ts';
import { createRecordedWatch } from './recorded-watch.ts';
import { waitUntil } from './wait-until.ts';

let etcd: EtcdProcess;
const user = { username: 'root', password: 'secret' };
beforeAll(async () => {
  etcd = await startEtcd('--auth-token-ttl=2');
  const client = new Etcd3({ hosts: etcd.endpoint });
  const root = client.user(user.username);
  await root.create(user.password);
  await client.role('root').create();
  await root.addRole('root');
  await client.auth.authEnable();
  client.close();
});
afterAll(() => etcd.close());

test('a token that expired, then a new connection: logs in again, nothing lost (fault row 25)', async () => {
  const proxy = await startProxy(etcd.port);
  const store = createEtcdStore({ endpoints: [etcd.endpoint], ...user });
  const put = (key: string) => store.commit([], [{ type: 'put', key: `/auth/${key}`, value: '1' }]);
  const watch = createRecordedWatch({ connection: { endpoints: [proxy.endpoint], ...user }, prefix: '/auth/' });
  try {
    await put('before');
    await watch.start();
    await waitUntil(() => watch.state().connected, 'connected');
    proxy.refuse();
    await waitUntil(() => !watch.state().connected, 'the loss is seen');
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    await put('meanwhile');
    proxy.pass();
    await waitUntil(() => watch.mirror.size === 2, 'the key');
    expect(watch.state()).toMatchObject({ connected: true, resyncs: 0 });
    expect(watch.events).toHaveLength(1);
  } finally {
    await watch.close();
    await store.close();
    await proxy.close();
  }
});

test('a wrong password → INVALID_CONFIG, and the watch says why it waits', async () => {
  const connection = { endpoints: [etcd.endpoint], username: 'root', password: 'wrong' };
  const store = createEtcdStore(connection);
  await expect(store.get('/x')).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  await store.close();
  const watch = createRecordedWatch({ connection, prefix: '/auth/' });
  watch.start().catch(() => undefined);
  await waitUntil(() => watch.state().cause !== undefined, 'a cause');
  expect(watch.state().cause).toContain('authentication failed');
  expect(watch.state().cause).not.toContain('wrong');
  await watch.close();
});
