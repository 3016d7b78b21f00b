import { existsSync } from 'node:fs';
import { appendFile, chmod, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { canMount, mountSmallDisk } from '../../../eval/stage/small-disk.ts';
import { createInstanceTools } from '../../../src/agents/instance/instance-tools.ts';
import type { Driver, InstanceSettings } from '../../../src/drivers/driver.ts';
import { findFreePort } from '../../../src/servers/index.ts';
import { createBench, grant, isAlive, observePresent, until, web, type Bench } from './process-bench.ts';

/*
 * What could refuse an effect is asked before anything is ended: a service that runs goes on when it cannot be started
 * again.
 */

// Real processes on a machine that others use too.
vi.setConfig({ testTimeout: 20_000 });

/** Listens on its port and on `MORE`; with `FORK` a child of it does. Says so in its log. */
const listening = `
const { createServer } = require('node:net');
const { fork } = require('node:child_process');
const { PORT, MORE, FORK } = process.env;
if (FORK) fork(__filename, { env: { ...process.env, FORK: '' } });
else for (const port of [PORT, MORE].filter(Boolean)) createServer().listen(port, () => console.log('listens on', port));
setInterval(() => {}, 1000);
`;

let bench: Bench;
let stranger: Server | undefined;
beforeEach(async () => {
  bench = await createBench();
  await writeFile(join(bench.image, 'listening.cjs'), listening);
});
afterEach(async () => {
  stranger?.close();
  stranger = undefined;
  await bench
    .driver()
    .terminate(web, 0, grant('end'))
    .catch(() => undefined);
  await bench.dispose();
});

const start = { start: true, replace: false } as const;
const replace = { start: true, replace: true } as const;
const taken = { code: 'PORT_TAKEN' };
const hasIpv6 = networkInterfaces()['lo']?.some(({ address }) => address === '::1') === true;

async function occupy(port: number, address = '127.0.0.1'): Promise<number> {
  const server = createServer();
  stranger = server;
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  return port;
}

function listeningWith(env: Record<string, string>): InstanceSettings {
  return { ...bench.settings, command: ['node', 'listening.cjs'], env };
}

function hasSaid(driver: Driver, text: string) {
  return until(
    `it said "${text}"`,
    async () => (await driver.readLogs(web, 1_000).catch(() => '')).includes(text) || undefined,
  );
}

async function endLeader(driver: Driver, pid: number | undefined): Promise<void> {
  process.kill(pid!, 'SIGKILL');
  await until('it has exited', async () => (await observePresent(driver)).state === 'exited' || undefined);
}

describe('a port that a stranger has', () => {
  test('is PORT_TAKEN for what does not run, before anything is unpacked for it', async () => {
    const driver = bench.driver();
    const [port] = bench.settings.ports;
    await occupy(port!);
    await expect(driver.provision(web, bench.settings, start, grant('k1'))).rejects.toMatchObject(taken);
    expect(await driver.observe(web)).toEqual({ type: 'absent' });
    expect(existsSync(bench.path())).toBe(false);
    await driver.provision(web, bench.settings, { ...start, start: false }, grant('k2'));
    await expect(driver.start(web, grant('k3'))).rejects.toMatchObject(taken);
    await expect(driver.restart(web, 0, grant('k4'))).rejects.toMatchObject(taken);
    expect(await observePresent(driver)).toMatchObject({ state: 'stopped', starts: 0 });
  });

  test.each(['127.0.0.1', '127.0.0.2', ...(hasIpv6 ? ['::1'] : [])])(
    'on %s keeps what runs from being ended for it',
    async (address) => {
      const driver = bench.driver();
      const { pid } = await driver.provision(web, listeningWith({}), start, grant('k1'));
      const settings = { ...listeningWith({}), ports: [await occupy(await findFreePort(), address)] };
      await expect(driver.provision(web, settings, replace, grant('k2'))).rejects.toMatchObject(taken);
      await driver.configure(web, settings, grant('k3'));
      await expect(driver.restart(web, 0, grant('k4'))).rejects.toMatchObject(taken);
      expect(await observePresent(driver)).toMatchObject({ state: 'running', pid, starts: 1 });
    },
  );
});

describe('a port that the instance itself has', () => {
  test('by a child that outlived its program is free for the next start', async () => {
    const driver = bench.driver();
    const { pid } = await driver.provision(web, listeningWith({ FORK: '1' }), start, grant('k1'));
    await hasSaid(driver, 'listens on');
    await endLeader(driver, pid);
    const { startInstance } = createInstanceTools(new Map([['process', driver]]));
    const log = { info() {}, warn() {} };
    const context = { ...grant('k2'), idempotencyKey: 'k2', resource: web, externalName: 'web', log };
    await startInstance.execute(context, { driver: 'process' });
    await until('it listens again', async () =>
      (await driver.readLogs(web, 1_000)).match(/listens on/g)?.length === 2 ? true : undefined,
    );
  });

  test('is no reason to refuse a restart, though its spec did not name it before', async () => {
    const driver = bench.driver();
    const more = await findFreePort();
    const settings = listeningWith({ MORE: String(more) });
    await driver.provision(web, settings, start, grant('k1'));
    await hasSaid(driver, `listens on ${more}`);
    await driver.configure(web, { ...settings, ports: [...settings.ports, more] }, grant('k2'));
    const { pid } = await driver.restart(web, 2_000, grant('k3'));
    expect(await observePresent(driver)).toMatchObject({ state: 'running', pid, starts: 2 });
  });

  test('by another attempt at the same is taken for what it is', async () => {
    const receipts = await Promise.all(
      [1, 2, 3].map(async (count) => {
        const driver = bench.driver({
          // The later ones find the port taken by what the first one has started.
          onMilestone: async ({ type }) => {
            if (type === 'unpacked' && count > 1) await hasSaid(bench.driver(), 'listens on');
          },
        });
        return driver.provision(web, listeningWith({}), start, grant('k'));
      }),
    );
    expect(new Set(receipts.map(({ pid }) => pid)).size).toBe(1);
  });
});

describe('what runs goes on when the next start', () => {
  test.each([
    { change: { command: ['no-such-program'] }, code: 'COMMAND_NOT_FOUND' },
    { change: { env: { PASSWORD: { secretRef: 'none' } } }, code: 'NOT_FOUND' },
  ])('would be $code', async ({ change, code }) => {
    const driver = bench.driver();
    const { pid } = await driver.provision(web, bench.settings, start, grant('k1'));
    const withoutSecrets = (key: string) => ({
      ...grant(key),
      secret: () => Promise.reject(Object.assign(new Error('no such secret'), { code: 'NOT_FOUND' })),
    });
    const settings = { ...bench.settings, ...change };
    await expect(driver.provision(web, settings, replace, withoutSecrets('k2'))).rejects.toMatchObject({ code });
    await driver.configure(web, settings, grant('k3'));
    await expect(driver.restart(web, 0, withoutSecrets('k4'))).rejects.toMatchObject({ code });
    expect(await observePresent(driver)).toMatchObject({ state: 'running', pid, starts: 1 });
  });

  test('is of a program that the new image does not hold', async () => {
    const driver = bench.driver();
    await writeFile(join(bench.image, 'run'), '#!/bin/sh\nexec node main.cjs\n');
    await chmod(join(bench.image, 'run'), 0o755);
    const settings = { ...bench.settings, command: ['./run'] };
    const { pid } = await driver.provision(web, settings, start, grant('k1'));
    await rm(join(bench.image, 'run'));
    await expect(driver.provision(web, settings, replace, grant('k2'))).rejects.toMatchObject({
      code: 'COMMAND_NOT_FOUND',
    });
    expect(await observePresent(driver)).toMatchObject({ state: 'running', pid, starts: 1 });
  });

  test('is of a script that does not say what runs it', async () => {
    const driver = bench.driver();
    const { pid } = await driver.provision(web, bench.settings, start, grant('k1'));
    await writeFile(join(bench.image, 'run'), 'exec node main.cjs\n', { mode: 0o755 });
    const settings = { ...bench.settings, command: ['./run'] };
    await expect(driver.provision(web, settings, replace, grant('k2'))).rejects.toMatchObject({
      code: 'COMMAND_NOT_FOUND',
    });
    expect(await observePresent(driver)).toMatchObject({ state: 'running', pid, starts: 1 });
  });
});

const isDiskThere = canMount();
if (!isDiskThere) console.warn('NOT CHECKED: instances on a full disk (no file system can be mounted here)');

describe.runIf(isDiskThere)('on a full disk', () => {
  let unmount: () => void;
  beforeEach(() => {
    unmount = mountSmallDisk(join(bench.folder, 'instances'), 1);
  });
  afterEach(() => unmount());

  const rest = () => join(bench.folder, 'instances', 'rest');
  /** Takes what room there is. */
  const fill = async () => {
    const full = await appendFile(rest(), Buffer.alloc(2 * 1_024 * 1_024)).catch(
      ({ code }: NodeJS.ErrnoException) => code,
    );
    expect(full).toBe('ENOSPC');
  };

  test('what would have to be written down is refused before it is begun', async () => {
    const refused = { code: 'EFFECT_REFUSED' };
    const driver = bench.driver();
    const { pid } = await driver.provision(web, bench.settings, start, grant('k1'));
    await fill();
    await expect(driver.restart(web, 2_000, grant('k2'))).rejects.toMatchObject(refused);
    await expect(driver.provision(web, bench.settings, replace, grant('k3'))).rejects.toMatchObject(refused);
    await expect(driver.configure(web, bench.settings, grant('k4'))).rejects.toMatchObject(refused);
    const other = { ...web, name: 'other' };
    await expect(driver.provision(other, bench.settings, start, grant('k5'))).rejects.toMatchObject(refused);
    expect(await isAlive(pid!)).toBe(true);
    await endLeader(driver, pid);
    await expect(driver.start(web, grant('k6'))).rejects.toMatchObject(refused);
    await rm(rest());
    await driver.start(web, grant('k7'));
    expect(await observePresent(driver)).toMatchObject({ state: 'running', starts: 2 });
    await driver.terminate(web, 0, grant('k8'));
  });

  test('an instance is stopped and removed all the same, which is how it is emptied', async () => {
    const driver = bench.driver();
    await driver.provision(web, bench.settings, start, grant('k0'));
    const { pid } = await driver.restart(web, 2_000, grant('k1'));
    await fill();
    await driver.stop(web, 2_000, grant('k2'));
    expect(await isAlive(pid!)).toBe(false);
    expect(await observePresent(driver)).toMatchObject({ state: 'stopped' });
    await fill();
    await driver.terminate(web, 2_000, grant('k3'));
    expect(await driver.observe(web, undefined)).toMatchObject({ type: 'absent' });
  });
});
