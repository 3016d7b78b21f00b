import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiVersion } from '../../src/domain/resource.ts';
import { startEffectServer, type EffectServer } from '../support/effect-server-process.ts';
import { startTestRuntime, type TestRuntime } from '../support/test-runtime.ts';
import { startTestServers, type TestServers } from '../support/test-servers.ts';
import { waitFor } from '../support/wait-for.ts';

let servers: TestServers;
let effects: EffectServer;
const runtimes: TestRuntime[] = [];

beforeAll(async () => {
  servers = await startTestServers();
  effects = await startEffectServer(servers.folder);
  for (const role of ['worker', 'worker', 'watcher']) {
    const host = `host-${runtimes.length}`;
    runtimes.push(
      await startTestRuntime(servers, {
        effects: effects.url,
        host,
        environment: { HOMEOSTAT_HOST: host, HOMEOSTAT_ROLES: role },
      }),
    );
  }
});
afterAll(async () => {
  await Promise.all(runtimes.map((runtime) => runtime.kill()));
  await effects?.stop();
  await servers?.stop();
});

test('only who works is announced as a host', async () => {
  const hosts = await servers.state.hosts.list();
  expect(hosts.map(({ host }) => host)).toEqual(['host-0', 'host-1']);
});

test('one process watches, two work: twenty resources are brought about, each once, by both', async () => {
  const keys = Array.from({ length: 20 }, (_, index) => ({ tenant: 'default', kind: 'Widget', name: `w-${index}` }));
  for (const key of keys) {
    const resource = { apiVersion, kind: key.kind, metadata: { name: key.name }, spec: { size: 1, steps: 2 } };
    await servers.state.store.commit(
      [],
      [{ type: 'put', key: servers.keys.desired(key), value: JSON.stringify(resource) }],
    );
  }
  const workers = await waitFor('all to run', async () => {
    const entries = await Promise.all(keys.map((key) => servers.state.ledger.list(key)));
    const all = await servers.state.resources.list();
    return all.length === keys.length && all.every(({ actual }) => actual?.record.status.state === 'Running')
      ? new Set(entries.flat().map(({ entry }) => entry.worker))
      : undefined;
  });
  expect(workers.size).toBe(2);
  expect(effects.effects()).toHaveLength(40);
  expect(new Set(effects.effects().map(({ key }) => key)).size).toBe(40);
});

test('one that only works is not ready while etcd is away, and is again', async () => {
  const [worker] = runtimes;
  process.kill(await servers.pidOf('etcd'), 'SIGKILL');
  const isAway = async () => (await worker!.health()).checks.store?.ok === false;
  await waitFor('the loss to be seen', isAway, 10_000);
  await servers.restart();
  await waitFor('readiness', async () => (await worker!.health()).ready, 20_000);
});

test('each ends when it is told to, and well', async () => {
  expect(await Promise.all(runtimes.map((runtime) => runtime.kill('SIGTERM')))).toEqual([0, 0, 0]);
});
