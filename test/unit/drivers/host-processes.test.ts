import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLinuxProcesses, parsePs } from '../../../src/drivers/process/host-processes.ts';
import { parseLsof } from '../../../src/drivers/process/listening-ports.ts';
import { findFreePort } from '../../../src/servers/index.ts';

let root: string;
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), 'homeostat-proc-'))));
afterEach(() => rm(root, { recursive: true }));

async function addProcess(pid: number, name: string, state: string, threads = 1): Promise<void> {
  await mkdir(join(root, String(pid)));
  const counters = `${'0 '.repeat(13)}${threads} 0`;
  await writeFile(join(root, String(pid), 'stat'), `${pid} (${name}) ${state} 1 4711 4711 ${counters} 90210 5 6\n`);
  await writeFile(join(root, String(pid), 'environ'), 'A=1\0HOMEOSTAT_RESOURCE=t/Instance/x\0');
  await writeFile(join(root, String(pid), 'cmdline'), state === 'Z' ? '' : 'node\0main.js\0');
}

describe('processes of a Linux host', () => {
  test.each([
    { name: 'node', reason: 'plain' },
    { name: 'a b) R 9 9 (c', reason: 'a program may name itself like this to fool us' },
  ])('group and start time are found behind the name "$name"', async ({ name }) => {
    await addProcess(4711, name, 'S');
    const found = await createLinuxProcesses(root).find(4711);
    expect(found).toEqual({ pid: 4711, group: 4711, startTime: '90210', isZombie: false });
  });

  test('a zombie is known as such and has no command line', async () => {
    await addProcess(5, 'node', 'Z');
    const processes = createLinuxProcesses(root);
    expect((await processes.find(5))?.isZombie).toBe(true);
    expect(await processes.commandLine(5)).toBeUndefined();
  });

  test('a process whose first thread is over, but not the others, is not over', async () => {
    await addProcess(5, 'node', 'Z', 2);
    expect((await createLinuxProcesses(root).find(5))?.isZombie).toBe(false);
  });

  test('a process that is not there is undefined and has no variables', async () => {
    const processes = createLinuxProcesses(root);
    expect(await processes.find(6)).toBeUndefined();
    expect(await processes.hasVariable(6, 'A=1')).toBe(false);
  });

  test('a variable counts only whole', async () => {
    await addProcess(7, 'node', 'S');
    const processes = createLinuxProcesses(root);
    expect(await processes.hasVariable(7, 'HOMEOSTAT_RESOURCE=t/Instance/x')).toBe(true);
    expect(await processes.hasVariable(7, 'HOMEOSTAT_RESOURCE=t/Instance/')).toBe(false);
    expect(await processes.commandLine(7)).toBe('node main.js');
  });

  test('its places are the folder it is in and where its output goes, as far as they can be seen', async () => {
    await addProcess(7, 'node', 'S');
    await mkdir(join(root, '7/fd'));
    await symlink('/data/root-1', join(root, '7/cwd'));
    await symlink('/data/output.log', join(root, '7/fd/2'));
    expect(await createLinuxProcesses(root).placesOf(7)).toEqual(['/data/root-1', '/data/output.log']);
    expect(await createLinuxProcesses(root).placesOf(8)).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('this very process is in its own group', async () => {
    const processes = createLinuxProcesses();
    const self = await processes.find(process.pid);
    expect((await processes.listGroup(self!.group)).map(({ pid }) => pid)).toContain(process.pid);
    expect(await processes.bootId()).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.runIf(process.platform === 'linux')('a port counts while a process of the group listens on it', async () => {
    const processes = createLinuxProcesses();
    const { group } = (await processes.find(process.pid))!;
    const port = await findFreePort();
    for (const host of ['127.0.0.1', '::']) {
      expect(await processes.listeningPorts(group)).not.toContain(port);
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(port, host, resolve));
      expect(await processes.listeningPorts(group)).toContain(port);
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

test('the output of lsof on macOS is understood', () => {
  expect(parseLsof('p12\nf20\nn*:8080\nf21\nn127.0.0.1:9090\nn[::1]:9091\n')).toEqual([8080, 9090, 9091]);
});

test('the output of ps on macOS is understood', () => {
  expect(parsePs('  12    12 Ss   Fri Nov 20 10:00:01 2026\n  13    12 Z    Fri Nov 20 10:00:02 2026\n\n')).toEqual([
    { pid: 12, group: 12, startTime: 'Fri Nov 20 10:00:01 2026', isZombie: false },
    { pid: 13, group: 12, startTime: 'Fri Nov 20 10:00:02 2026', isZombie: true },
  ]);
});
