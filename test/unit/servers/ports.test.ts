import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { claimPort, isPortFree, rememberPorts, rememberedPorts } from '../../../src/servers/ports.ts';
import { temporaryFolder } from './temporary-folder.ts';

async function takenPort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test.each([
  { host: '127.0.0.1', reason: 'a listener on the same address' },
  { host: '0.0.0.0', reason: 'a listener on every address' },
])('$reason makes a port taken', async ({ host }) => {
  expect(await isPortFree(await takenPort(host))).toBe(false);
});

test('the first free wish is taken, and claimed until it is given back', async () => {
  const taken = await takenPort('127.0.0.1');
  const free = await claimPort([undefined]);
  await free.release();

  const first = await claimPort([taken, free.port]);
  expect(first.port).toBe(free.port);
  const second = await claimPort([taken, free.port]);
  expect(second.port).not.toBe(free.port);
  expect(second.port).not.toBe(taken);
  await Promise.all([first.release(), second.release()]);

  const third = await claimPort([free.port]);
  expect(third.port).toBe(free.port);
  await third.release();
});

test('remembered ports add up, and a spoilt file is as good as none', async () => {
  const folder = await temporaryFolder();
  expect(await rememberedPorts(folder)).toEqual({});
  await rememberPorts(folder, { temporal: 7300 });
  await rememberPorts(folder, { etcd: 2400 });
  expect(await rememberedPorts(folder)).toEqual({ temporal: 7300, etcd: 2400 });
});
