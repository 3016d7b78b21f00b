import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findFreePort, serverStatus, stopServers, type ServersOptions } from '../../src/servers/index.ts';
import { isAlive } from '../support/is-alive.ts';
import { runProgram } from '../support/run-program.ts';
import { binaryOf } from '../support/test-servers.ts';

/** Whoever starts a server may be killed right then. Temporal is somebody else's here. */
const starter = fileURLToPath(new URL('../support/dying-starter.ts', import.meta.url));
const others = createServer();
let options: ServersOptions;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeostat-starter-'));
  const [temporalPort, port] = [await findFreePort(), await findFreePort()];
  await new Promise<void>((resolve) => others.listen(temporalPort, '127.0.0.1', resolve));
  options = {
    dataDir: join(folder, 'data'),
    cacheDir: join(folder, 'cache'),
    temporal: { address: `127.0.0.1:${temporalPort}` },
    etcd: { binary: binaryOf('ETCD'), port },
  };
});
afterAll(async () => {
  others.close();
  await rm(folder, { recursive: true, force: true });
});

test('a server is known as ours as soon as its process is there', async () => {
  const { stdout } = await runProgram(process.execPath, [starter, JSON.stringify(options)]);
  const pid = Number(stdout);
  try {
    const [, etcd] = await serverStatus(options);
    expect(etcd).toMatchObject({ pid, startedByUs: true });
    await stopServers(options, () => undefined);
    expect(await isAlive(pid)).toBe(false);
  } finally {
    if (await isAlive(pid)) process.kill(pid, 'SIGKILL');
  }
});
