import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHostProcesses } from '../../../src/drivers/process/host-processes.ts';
import { ServersError, serverStatus, startServers, stopServers } from '../../../src/servers/index.ts';
import type { ProgressEvent, ServersOptions } from '../../../src/servers/index.ts';
import { runCommand } from '../../../src/servers/run-command.ts';
import { freezeProcess } from '../../support/freeze-process.ts';

/** Both real servers, their programs given by `npm test`. The tests build on each other: it is one life of one data folder. */
const programs = {
  temporal: process.env['HOMEOSTAT_TEST_TEMPORAL'] ?? 'temporal',
  etcd: process.env['HOMEOSTAT_TEST_ETCD'] ?? 'etcd',
  etcdctl: process.env['HOMEOSTAT_TEST_ETCDCTL'] ?? 'etcdctl',
};

let folder: string;
let options: ServersOptions;
const events: ProgressEvent[] = [];
const report = (event: ProgressEvent): void => void events.push(event);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeostat-servers-'));
  options = {
    dataDir: join(folder, 'data'),
    cacheDir: join(folder, 'cache'),
    temporal: { binary: programs.temporal },
    etcd: { binary: programs.etcd },
  };
});

afterAll(async () => {
  await stopServers(options, report, { graceMs: 3000 });
  await rm(folder, { recursive: true, force: true });
});

async function etcdctl(...argv: string[]): Promise<string> {
  const [, etcd] = await serverStatus(options);
  return (await runCommand(programs.etcdctl, ['--endpoints', etcd?.addresses[0] ?? '', ...argv])).stdout;
}

async function temporal(...argv: string[]): Promise<string> {
  const [server] = await serverStatus(options);
  return (await runCommand(programs.temporal, [...argv, '--address', server?.addresses[0] ?? ''])).stdout;
}

async function pids(): Promise<number[]> {
  return (await serverStatus(options)).map(({ pid }) => pid ?? 0);
}

test('both come up from nothing, set up as the runtime needs them', async () => {
  const running = await startServers(options, report);
  expect(running.temporal).toMatchObject({ process: { pid: expect.any(Number) as number }, origin: 'configured' });
  expect(running.etcd.endpoints).toHaveLength(1);
  expect(await etcdctl('put', 'a', 'kept')).toContain('OK');
  expect(await temporal('operator', 'namespace', 'describe', '-n', 'default', '-o', 'json')).toContain('"2592000s"');
  const attributes = await temporal('operator', 'search-attribute', 'list');
  for (const name of ['HomeostatTenant', 'HomeostatKind', 'HomeostatPhase', 'HomeostatWaitingFor']) {
    expect(attributes).toContain(name);
  }
  expect(await serverStatus(options)).toMatchObject([
    { name: 'temporal', state: 'running', answers: true },
    { name: 'etcd', state: 'running', answers: true },
  ]);
}, 60_000);

test('a page in a browser can write to neither', async () => {
  const [server, etcd] = await serverStatus(options);
  const post = (url: string) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', origin: 'http://page.example' },
      body: '{}',
    });
  expect((await post(`${etcd!.addresses[0]}/v3/kv/put`)).status).toBe(404);
  expect((await fetch(`${etcd!.addresses[0]}/health`)).status).toBe(200);

  // Where its own HTTP is, it does not say.
  const ports = await createHostProcesses().listeningPorts(server!.pid!);
  const signal = '/api/v1/namespaces/default/workflows/any/signal/issue';
  const answers = await Promise.all(
    ports.map((port) =>
      post(`http://127.0.0.1:${port}${signal}`).then(
        ({ status }) => [status],
        // It speaks gRPC alone.
        () => [],
      ),
    ),
  );
  // Its web interface asks for a token of its own pages; the other is that of numbers and knows no such path.
  expect(new Set(answers.flat())).toEqual(new Set([400, 403, 404]));
}, 60_000);

test('a second start, and two at once, use what runs', async () => {
  const before = await pids();
  await startServers(options, report);
  await Promise.all([startServers(options, report), startServers(options, report)]);
  expect(await pids()).toEqual(before);
}, 60_000);

test('killed servers are started again on the same ports with the same data', async () => {
  const before = await serverStatus(options);
  for (const { pid } of before) process.kill(pid ?? 0, 'SIGKILL');
  await startServers(options, report);
  const after = await serverStatus(options);
  expect(after.map(({ addresses }) => addresses)).toEqual(before.map(({ addresses }) => addresses));
  expect(await etcdctl('get', 'a', '--print-value-only')).toContain('kept');
}, 60_000);

test('a port that a stranger took meanwhile is replaced and the stranger left alone', async () => {
  const [, etcd] = await serverStatus(options);
  const port = Number(new URL(etcd?.addresses[0] ?? '').port);
  expect(await stopServers(options, report)).toMatchObject([{ outcome: 'stopped' }, { outcome: 'stopped' }]);
  const stranger = createServer().listen(port, '127.0.0.1');
  try {
    events.length = 0;
    const running = await startServers(options, report);
    expect(running.etcd.endpoints[0]).not.toContain(`:${port}`);
    expect(events).toContainEqual(expect.objectContaining({ type: 'note', subject: 'etcd' }));
    expect(await etcdctl('get', 'a', '--print-value-only')).toContain('kept');
  } finally {
    stranger.close();
  }
}, 60_000);

test('a frozen server of ours is ended and started again', async () => {
  const [, etcd] = await serverStatus(options);
  await freezeProcess(etcd!.pid!);
  await startServers(options, report);
  const [, after] = await serverStatus(options);
  expect(after).toMatchObject({ state: 'running', answers: true });
  expect(after?.pid).not.toBe(etcd?.pid);
}, 60_000);

test('after a stop nothing runs, and stopping again is no error', async () => {
  await stopServers(options, report);
  expect(await stopServers(options, report)).toMatchObject([{ outcome: 'not-running' }, { outcome: 'not-running' }]);
  expect(await serverStatus(options)).toMatchObject([{ state: 'stopped' }, { state: 'stopped' }]);
}, 60_000);

test('data of a newer version is not opened, and the other server does not stay behind', async () => {
  const file = join(options.dataDir, 'etcd', 'state.json');
  const state = await readFile(file, 'utf8');
  await writeFile(file, JSON.stringify({ version: '99.0.0' }));
  const error = await startServers(options, report).catch((thrown: unknown) => thrown);
  await writeFile(file, state);
  expect(error).toBeInstanceOf(ServersError);
  expect(error).toHaveProperty('code', 'DATA_NEWER');
  expect(await serverStatus(options)).toMatchObject([{ state: 'stopped' }, { state: 'stopped' }]);
}, 60_000);

test('a configured server is looked at and never started or stopped', async () => {
  const elsewhere: ServersOptions = { ...options, etcd: { endpoints: ['http://127.0.0.1:9'] } };
  const [, status] = await serverStatus(elsewhere);
  expect(status).toMatchObject({ state: 'configured', answers: false, startedByUs: false });
  expect((await stopServers(elsewhere, report))[1]).toMatchObject({ outcome: 'not-ours' });
});
