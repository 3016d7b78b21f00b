import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { findFreePort, keepServers, serverStatus, startServers, stopServers } from '../../../src/servers/index.ts';
import type { KeptServers, ProgressEvent, RunningServers, ServersOptions } from '../../../src/servers/index.ts';
import { binaryOf } from '../../support/test-servers.ts';
import { waitFor } from '../../support/wait-for.ts';

/** A real etcd that ends by itself; Temporal is somebody else's. */
let folder: string;
let options: ServersOptions;
let running: RunningServers;
let kept: KeptServers | undefined;
const others = createServer();
const events: ProgressEvent[] = [];
const told = () => events.map(({ subject, text }) => `${subject}: ${text}`);
const etcd = async () => (await serverStatus(options))[1]!;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeostat-kept-'));
  const [temporalPort, port] = [await findFreePort(), await findFreePort()];
  await new Promise<void>((resolve) => others.listen(temporalPort, '127.0.0.1', resolve));
  options = {
    dataDir: join(folder, 'data'),
    cacheDir: join(folder, 'cache'),
    temporal: { address: `127.0.0.1:${temporalPort}` },
    etcd: { binary: binaryOf('ETCD'), port },
  };
  running = await startServers(options, () => undefined);
});
afterEach(async () => {
  await kept?.stop();
  events.length = 0;
});
afterAll(async () => {
  others.close();
  await stopServers(options, () => undefined);
  await rm(folder, { recursive: true, force: true });
});
const restarted: unknown[] = [];
const keep = (onEvent: (event: ProgressEvent) => void = () => undefined) =>
  (kept = keepServers(
    options,
    running,
    (event) => {
      events.push(event);
      onEvent(event);
    },
    (name, { pid }) => {
      if (deaf.pop() !== undefined) throw new Error('ENOSPC');
      restarted.push([name, pid]);
    },
  ));
/** Whoever is told of a server takes it in once this is empty. */
const deaf: string[] = [];
const kill = async () => {
  const { pid } = await etcd();
  process.kill(pid ?? 0, 'SIGKILL');
  return pid;
};

test('a server is not started anywhere but on its port; it is, once whoever took that has gone', async () => {
  const { addresses } = await etcd();
  await kill();
  const stranger = createServer();
  await waitFor('the port', async () => {
    await new Promise<void>((resolve, reject) => {
      stranger.once('error', reject).listen(options.etcd.port, '127.0.0.1', resolve);
    });
    return true;
  });
  keep();
  const refusal = `another program has its port ${options.etcd.port}`;
  await waitFor('a try in vain', () => told().some((line) => line.includes(refusal)));
  expect((await etcd()).state).toBe('stopped');
  await new Promise((resolve) => stranger.close(resolve));
  await waitFor('the server', async () => (await etcd()).answers);
  expect((await etcd()).addresses).toEqual(addresses);
  await waitFor('its process', () => restarted.length > 0);
  expect(restarted).toEqual([['etcd', (await etcd()).pid]]);
});

test('who cannot be told of a server that runs again is told at a later look', async () => {
  running = await startServers(options, () => undefined);
  deaf.push('once', 'twice');
  keep();
  restarted.length = 0;
  await kill();
  await waitFor('it to be told', () => restarted.length > 0);
  const { pid } = await etcd();
  expect(restarted).toEqual([['etcd', pid]]);
  expect(told().filter((line) => line.includes('ENOSPC'))).toEqual([
    `etcd: commands do not find process ${pid} yet: ENOSPC`,
  ]);
});

test('nothing is started after a stop, nor left of what was being started', async () => {
  let ended: Promise<void> | undefined;
  keep(({ text }) => {
    if (text.endsWith('has ended: starting it again')) ended ??= kept!.stop();
  });
  await kill();
  await waitFor('its start', () => ended !== undefined);
  await ended;
  expect((await etcd()).state).toBe('stopped');
  await sleep(2_500);
  expect((await etcd()).state).toBe('stopped');
});
