import { appendFileSync, existsSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ActualStatus } from '../../src/domain/actual.ts';
import { modeAnnotation } from '../../src/domain/mode.ts';
import { runHomeostat } from '../support/run-program.ts';
import { startTestRuntime, type TestRuntime } from '../support/test-runtime.ts';
import { startTestServers, type TestServers } from '../support/test-servers.ts';
import { waitFor } from '../support/wait-for.ts';

/** Real processes that die or are changed by hand while the runtime runs. The oracle is the file they write to. */
let servers: TestServers;
let runtime: TestRuntime;
let image: string;
let startsFile: string;

const program = `
import { appendFileSync, readFileSync } from 'node:fs';
appendFileSync(process.env.STARTS, process.env.NAME + ' ' + process.pid + ' ' + readFileSync('greeting.txt', 'utf8') + '\\n');
setInterval(() => undefined, 1_000);
`;

beforeAll(async () => {
  servers = await startTestServers();
  image = join(servers.folder, 'image');
  startsFile = join(servers.folder, 'starts');
  mkdirSync(image);
  writeFileSync(join(image, 'main.mjs'), program);
  runtime = await startTestRuntime(servers);
});
afterAll(async () => {
  for (const { pid } of starts()) endGroup(pid);
  await runtime?.kill('SIGTERM');
  await servers?.stop();
});

const cli = (...args: readonly string[]) => runHomeostat(servers, runtime.dataDir, args);
const keyOf = (name: string) => ({ tenant: 'default', kind: 'Instance', name });
const statusOf = async (name: string): Promise<ActualStatus | undefined> =>
  (await servers.state.resources.read(keyOf(name))).actual?.record.status;
const starts = () =>
  (existsSync(startsFile) ? readFileSync(startsFile, 'utf8').trim().split('\n') : []).map((line) => {
    const [name, pid, greeting] = line.split(' ');
    return { name: name!, pid: Number(pid), greeting: greeting! };
  });
const startsOf = (name: string) => starts().filter((start) => start.name === name);

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

async function put(name: string, mode = 'act'): Promise<void> {
  const resource = {
    apiVersion: 'homeostat/v1',
    kind: 'Instance',
    metadata: { name, annotations: { [modeAnnotation]: mode } },
    spec: {
      image,
      command: ['node', 'main.mjs'],
      env: { STARTS: startsFile, NAME: name },
      files: { 'greeting.txt': 'hello' },
    },
  };
  await servers.state.store.commit(
    [],
    [{ type: 'put', key: servers.keys.desired(keyOf(name)), value: JSON.stringify(resource) }],
  );
}

/** Waits for the nth start, on record as running. */
const running = (name: string, count: number) =>
  waitFor(`${name} to run for the ${count}. time`, async () => {
    const status = await statusOf(name);
    const last = startsOf(name).at(-1);
    const isRecorded = status?.state === 'Running' && !status.drifted && status.observed?.pid === last?.pid;
    return startsOf(name).length === count && isRecorded ? last : undefined;
  });

test('a process that dies is started again, each time, and nothing else is', async () => {
  const names = ['a', 'b', 'c'];
  await Promise.all(names.map((name) => put(name)));
  for (const name of names) await running(name, 1);
  for (const count of [2, 3, 4]) {
    endGroup(startsOf('a').at(-1)!.pid);
    await running('a', count);
  }
  expect([startsOf('b').length, startsOf('c').length]).toEqual([1, 1]);
});

test('a file of its settings that was edited by hand is put back, and the program reads it', async () => {
  await put('edited');
  const { pid } = await running('edited', 1);
  const file = join(readlinkSync(`/proc/${pid}/cwd`), 'greeting.txt');
  appendFileSync(file, '-and-more');
  const { greeting } = await running('edited', 2);
  expect(greeting).toBe('hello');
  expect(readFileSync(file, 'utf8')).toBe('hello');
});

test('in mode observe a death is reported, and nothing is started', async () => {
  await put('seen');
  const { pid } = await running('seen', 1);
  await put('seen', 'observe');
  await waitFor('the mode to be on record', async () => {
    const { actual } = await servers.state.resources.read(keyOf('seen'));
    return actual?.record.lastApplied?.mode === 'observe';
  });
  endGroup(pid);
  const status = await waitFor('the report', async () => {
    const now = await statusOf('seen');
    return now?.conditions.some(({ reason }) => reason === 'ObserveOnly') ? now : undefined;
  });
  expect(status.observed).toMatchObject({ state: 'exited' });
  expect(startsOf('seen')).toHaveLength(1);
});

test('pause leaves a death alone until resume, by our command line', async () => {
  await put('paused');
  const { pid } = await running('paused', 1);
  expect((await cli('pause', 'Instance/paused', '--reason', 'looking into it')).stdout).toContain('paused');
  endGroup(pid);
  await waitFor('the block', async () =>
    (await statusOf('paused'))?.conditions.some(({ reason }) => reason === 'Frozen'),
  );
  await sleep(1_500);
  expect(startsOf('paused')).toHaveLength(1);
  expect((await cli('describe', 'Instance/paused')).stdout).toContain('(looking into it)');
  expect((await cli('pause', '--list')).stdout).toContain('resource/default/Instance/paused');
  expect((await cli('resume', 'Instance/paused')).stdout).toContain('resumed');
  await running('paused', 2);
  expect((await cli('resume', 'Instance/paused')).stderr).toContain('NOT_FOUND scope');
});
