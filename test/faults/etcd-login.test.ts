import { setTimeout as sleep } from 'node:timers/promises';
import { Etcd3 } from 'etcd3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEtcd, type EtcdProcess } from '../integration/state/etcd-process.ts';
import { startProxy, type Proxy } from '../integration/state/proxy.ts';
import { startFaultBed, type FaultBed } from '../support/fault-bed.ts';
import type { TestRuntime } from '../support/test-runtime.ts';
import { waitFor } from '../support/wait-for.ts';

/** Fault row 25: a runtime with a user and a password, whose tokens last for two seconds without a call. */
const tokenSeconds = 2;
const pastTokenMs = 2 * tokenSeconds * 1_000;
const user = { username: 'keeper', password: 'not-for-the-log' };

let etcd: EtcdProcess;
let proxy: Proxy;
let bed: FaultBed;
let runtime: TestRuntime;
beforeAll(async () => {
  etcd = await startEtcd(`--auth-token-ttl=${tokenSeconds}`);
  proxy = await startProxy(etcd.port);
  await requireLogin();
  bed = await startFaultBed('keyed', { endpoints: [etcd.endpoint], ...user });
  runtime = await bed.start({
    environment: {
      HOMEOSTAT_ETCD_ENDPOINTS: proxy.endpoint,
      HOMEOSTAT_ETCD_USERNAME: user.username,
      HOMEOSTAT_ETCD_PASSWORD: user.password,
    },
  });
});
afterAll(async () => {
  await bed?.stop();
  await proxy?.close();
  await etcd?.close();
});

/** Root is needed to switch logins on; the runtime's own user may touch our root alone. */
async function requireLogin(): Promise<void> {
  const client = new Etcd3({ hosts: etcd.endpoint });
  const root = client.user('root');
  await root.create('root');
  await client.role('root').create();
  await root.addRole('root');
  const role = client.role('keeping');
  await role.create();
  await role.grant({ permission: 'Readwrite', range: client.range({ prefix: '/homeostat/' }) });
  const keeper = client.user(user.username);
  await keeper.create(user.password);
  await keeper.addRole('keeping');
  await client.auth.authEnable();
  client.close();
}

test('row 25: tokens that expired while idle, and in the middle of a plan, cost nothing', async () => {
  await sleep(pastTokenMs);
  // Its step lasts longer than the token that its intent was written with.
  await bed.effects.setBehaviour({ delayMs: pastTokenMs - 500 });
  const key = await bed.put('long-step', { size: 1 });
  await bed.running(key);
  expect(bed.effectsOn(key)).toHaveLength(1);
  await bed.effects.setBehaviour({ delayMs: 0 });
  await bed.checkOracle(key);
});

test('row 25: cut off until every token has expired, the runtime logs in again and misses nothing', async () => {
  const earlier = await bed.put('changed-meanwhile', { size: 1 });
  await bed.running(earlier);
  proxy.refuse();
  await waitFor('the loss to be seen', async () => !(await runtime.health()).ready);
  await sleep(pastTokenMs);
  const keys = await bed.putMany(
    ['changed-meanwhile', 'new-meanwhile-1', 'new-meanwhile-2'].map((name) => ({ name, spec: { size: 2 } })),
  );
  proxy.pass();
  const backAt = Date.now();
  for (const key of keys) await bed.running(key);
  expect(Date.now() - backAt).toBeLessThan(10_000);
  await waitFor('readiness', async () => (await runtime.health()).ready);
  expect((await runtime.health()).checks.watcher?.detail).toContain(' 0 resyncs');
  expect(bed.effectsOn(earlier)).toHaveLength(2);
  await bed.checkOracle(...keys);
  expect(runtime.logText()).not.toContain(user.password);
});

test('row 25: users and passwords changed under way: the runtime logs in again, and goes on', async () => {
  const root = new Etcd3({ hosts: etcd.endpoint, auth: { username: 'root', password: 'root' } });
  // Any change of users makes every token of before worthless at once.
  await root.user('passer-by').create('x');
  root.close();
  const key = await bed.put('after-a-change-of-users', { size: 1 });
  await bed.running(key);
  expect(bed.effectsOn(key)).toHaveLength(1);
  await bed.checkOracle(key);
});
