import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { findBinaryIn } from '../../../src/servers/find-binary.ts';
import type { ProgressEvent } from '../../../src/servers/progress.ts';
import { ServersError } from '../../../src/servers/servers-error.ts';
import { cachedBinary } from '../../../src/servers/sources/cached.ts';
import { installedBinary } from '../../../src/servers/sources/installed.ts';
import { ScriptedSource, optionsIn } from './scripted-source.ts';
import { temporaryFolder } from './temporary-folder.ts';

const found = (origin: string) => ({ path: `/there/${origin}`, version: '3.7.3', origin });
const outcomes = (events: readonly ProgressEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'step-end' ? [`${event.text}: ${event.outcome}`] : []));

async function setUp() {
  const events: ProgressEvent[] = [];
  const calls: string[] = [];
  const context = {
    options: optionsIn(await temporaryFolder()),
    report: (event: ProgressEvent) => void events.push(event),
  };
  const source = (name: string, isSlow: boolean, answer: ConstructorParameters<typeof ScriptedSource>[2]) =>
    new ScriptedSource(name, isSlow, answer, calls);
  return { events, calls, context, source };
}

test('the first hit wins and nothing behind it is asked', async () => {
  const { calls, context, events, source } = await setUp();
  const sources = [
    source('installed', false, { absent: 'not installed' }),
    source('cache', false, found('cache')),
    source('release', true, found('release')),
  ];
  expect(await findBinaryIn(sources, 'etcd', context)).toEqual(found('cache'));
  expect(calls).toEqual(['installed', 'cache']);
  expect(outcomes(events), 'with a hit on the machine, the misses are not worth a line').toEqual(['cache: done']);
});

test('what fails is told, and the next source is tried', async () => {
  const { calls, context, events, source } = await setUp();
  const sources = [
    source('installed', false, { absent: 'not installed' }),
    source('release', true, new Error('no network')),
    source('wheel', true, { absent: 'no python3 with pip' }),
    source('build', true, found('build')),
  ];
  expect(await findBinaryIn(sources, 'etcd', context)).toEqual(found('build'));
  expect(calls).toEqual(['installed', 'release', 'wheel', 'build']);
  expect(outcomes(events)).toEqual(['installed: skipped', 'release: failed', 'wheel: skipped', 'build: done']);
});

test('when all fail, one message says what was tried and what to install', async () => {
  const { context, source } = await setUp();
  const sources = [source('release', true, new Error('no network')), source('build', true, { absent: 'no Go' })];
  const error = await findBinaryIn(sources, 'etcd', context).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ServersError);
  expect(error).toHaveProperty('code', 'BINARY_NOT_FOUND');
  expect(error).toHaveProperty(
    'message',
    'BINARY_NOT_FOUND etcd.binary: no etcd 3.6.0 or newer (tried release: no network; build: no Go) — ' +
      'install etcd (or Go, or Python 3 with pip, and start again), or set etcd.binary to one, or etcd.endpoints to a running server',
  );
});

test('a configured program that does not fit ends the search', async () => {
  const { calls, context, source } = await setUp();
  const unfit = new ServersError('BINARY_UNFIT', 'etcd.binary: too old');
  const sources = [source('configured', false, unfit), source('cache', false, found('cache'))];
  await expect(findBinaryIn(sources, 'etcd', context)).rejects.toHaveProperty('code', 'BINARY_UNFIT');
  expect(calls).toEqual(['configured']);
});

test('what another process has fetched meanwhile is taken instead of fetched again', async () => {
  const { calls, context, source } = await setUp();
  const folder = join(context.options.cacheDir, 'bin', 'etcd-3.7.3');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'etcd'), '', { mode: 0o755 });
  const binary = await findBinaryIn([source('release', true, found('release'))], 'etcd', context);
  expect(binary.path).toBe(join(folder, 'etcd'));
  expect(calls).toEqual([]);
});

test.each([
  { dataVersion: undefined, version: '3.6.9', reason: 'what is installed, before the cache' },
  { dataVersion: '3.6.14', version: '3.6.9', reason: 'what is installed: an older patch opens the data' },
  { dataVersion: '3.7.3', version: '3.7.3', reason: 'what the cache holds: what is installed cannot open the data' },
])('for data of $dataVersion: $reason', async ({ dataVersion, version }) => {
  const { context } = await setUp();
  const programs = await temporaryFolder();
  await writeFile(join(programs, 'etcd'), '#!/bin/sh\necho etcd Version: 3.6.9\n', { mode: 0o755 });
  vi.stubEnv('PATH', `${programs}${delimiter}${process.env.PATH}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const folder = join(context.options.cacheDir, 'bin', 'etcd-3.7.3');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'etcd'), '', { mode: 0o755 });
  const found = await findBinaryIn([installedBinary, cachedBinary], 'etcd', { ...context, dataVersion });
  expect(found.version).toBe(version);
});

test('data newer than all that is found is said so, with what to install and nothing thrown away', async () => {
  const { context, source } = await setUp();
  const sources = [source('release', true, { absent: '3.6.14 is older than 3.8.0' })];
  const search = findBinaryIn(sources, 'etcd', { ...context, dataVersion: '3.8.2' });
  await expect(search).rejects.toHaveProperty(
    'message',
    `DATA_NEWER ${context.options.dataDir}/etcd: was written by etcd 3.8.2, and none so new was found ` +
      '(tried release: 3.6.14 is older than 3.8.0) — install etcd 3.8.2 or newer, or set etcd.binary to one',
  );
});

test('a cache that cannot be written keeps nobody from what is elsewhere', async () => {
  const { context, source } = await setUp();
  await writeFile(context.options.cacheDir, 'no folder');
  const sources = [cachedBinary, source('installed', false, found('installed')), source('build', true, found('build'))];
  expect(await findBinaryIn(sources, 'etcd', context)).toEqual(found('installed'));
});
