import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serverStatus } from '../../src/servers/index.ts';
import { projectRoot, runProgram } from '../support/run-program.ts';
import { binaryOf } from '../support/test-servers.ts';
import { waitFor } from '../support/wait-for.ts';

/** What a new user does: `npm start`, look, Ctrl-C, again, and away with it. */
const folder = mkdtempSync(join(tmpdir(), 'homeostat-up-'));
const dataDir = join(folder, 'data');
const environment = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  HOMEOSTAT_TEMPORAL_BINARY: binaryOf('TEMPORAL'),
  HOMEOSTAT_ETCD_BINARY: binaryOf('ETCD'),
};
const cli = (...args: string[]) =>
  runProgram(process.execPath, ['src/cli/main.ts', '--data-dir', dataDir, ...args], { environment });

interface Up {
  readonly process: ChildProcess;
  output(): string;
}

function startUp(): Up {
  const child = spawn(process.execPath, ['src/cli/main.ts', 'up', '--data-dir', dataDir], {
    cwd: projectRoot,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { process: child, output: () => output };
}
/** Which process answers for the shop: its ports are fixed, and another's shop may stand there. */
const shopPid = async () => ((await (await fetch('http://127.0.0.1:7403/info')).json()) as { pid: number }).pid;
const pids = async () => {
  const { stdout } = await cli('get', '-o', 'json');
  const { items } = JSON.parse(stdout) as {
    items: { metadata: { name: string }; status: { state: string; observed?: { pid: number } } }[];
  };
  return Object.fromEntries(
    items.map(({ metadata, status }) => [metadata.name, status.state === 'Running' ? status.observed?.pid : undefined]),
  );
};

const servers = () => serverStatus({ dataDir, cacheDir: dataDir, temporal: {}, etcd: {} });

let up: Up;
beforeAll(() => {
  up = startUp();
});
afterAll(async () => {
  up.process.kill('SIGKILL');
  await cli('down', '--purge');
  rmSync(folder, { recursive: true, force: true });
});

test('one command brings up the servers, the runtime and the shop, and a second one says so', async () => {
  await waitFor('the shop', () => up.output().includes('3 of 3 converged'), 60_000).catch((error: unknown) => {
    throw new Error(up.output(), { cause: error });
  });
  expect(up.output()).toMatch(/Temporal UI +http:/);
  expect(up.output()).toMatch(/models +none configured: all is planned by rules/);
  for (const step of ['[1/2] provision_instance(web)', '[2/2] wait_for_ready(web)']) {
    expect(up.output()).toContain(`Instance/web  ${step} …\n`);
    expect(up.output()).toContain(`Instance/web  ${step} done, `);
  }
  expect(await shopPid()).toBe((await pids()).web);
  const second = await cli('up');
  expect(second.code).toBe(1);
  expect(second.stderr).toContain('ALREADY_RUNNING');
  expect((await cli('doctor')).code).toBe(0);
});

test('Ctrl-C ends the runtime and the servers, the shop goes on, and the next start finds it as it was', async () => {
  const before = await pids();
  expect(Object.values(before).every((pid) => typeof pid === 'number')).toBe(true);
  const ended = once(up.process, 'exit');
  up.process.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
  expect(up.output()).toContain('These go on without it');
  expect(await shopPid()).toBe(before.web);

  up = startUp();
  await waitFor('the runtime', () => up.output().includes('Homeostat is ready'), 30_000);
  expect(await pids()).toEqual(before);
});

test.each(['etcd', 'temporal'] as const)('%s, killed under it, is started again where it was', async (name) => {
  const find = async () => (await servers()).find((server) => server.name === name);
  const before = await find();
  process.kill(before?.pid ?? 0, 'SIGKILL');
  const after = await waitFor('the server', async () => {
    const found = await find();
    return found?.answers === true && found;
  });
  expect(after.pid).not.toBe(before?.pid);
  expect(after.addresses).toEqual(before?.addresses);
  await waitFor('its word', () => new RegExp(`${name} +runs again: process ${after.pid}`).test(up.output()));

  const file = join(folder, 'api.yaml');
  const price = name === 'etcd' ? '3.6' : '3.7';
  writeFileSync(file, readFileSync(join(projectRoot, 'examples/shop/api.yaml'), 'utf8').replace('3.5', price));
  const { code, stdout, stderr } = await cli('apply', '-f', file, '--wait', '60s');
  expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
});

test('a terminal that closes as a server that was killed is started again leaves no server', async () => {
  const [etcd] = (await servers()).filter(({ name }) => name === 'etcd');
  process.kill(etcd?.pid ?? 0, 'SIGKILL');
  await waitFor('its word', () => up.output().includes(`process ${etcd?.pid} has ended: starting it again`));
  const ended = once(up.process, 'exit');
  up.process.stdout?.destroy();
  up.process.stderr?.destroy();
  up.process.kill('SIGHUP');
  expect(await ended).toEqual([0, null]);
  expect((await servers()).map(({ state }) => state)).toEqual(['stopped', 'stopped']);

  up = startUp();
  await waitFor('the runtime', () => up.output().includes('Homeostat is ready'), 30_000);
});

test('a runtime killed with its servers running is started again and finds everything', async () => {
  const before = await pids();
  const ended = once(up.process, 'exit');
  up.process.kill('SIGKILL');
  await ended;
  up = startUp();
  await waitFor('the runtime', () => up.output().includes('Homeostat is ready'), 30_000);
  expect(await pids()).toEqual(before);
});

test('down ends the runtime, the servers and the shop', async () => {
  const { code, stdout } = await cli('down');
  expect({ code, stdout }).toMatchObject({ code: 0 });
  expect(stdout).toContain('stopped   default Instance/web');
  await expect(shopPid()).rejects.toThrow();
});
