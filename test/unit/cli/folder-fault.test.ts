import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inFolders } from '../../../src/cli/folder-fault.ts';
import { acquireLock } from '../../../src/servers/index.ts';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeostat-folders-'));
  file = join(folder, 'file');
  await writeFile(file, '');
});
afterAll(() => rm(folder, { recursive: true }));

const refused = (code: string, path: string) => Promise.reject(Object.assign(new Error(code), { code, path }));

test.each([
  { reason: 'a file as the data folder', work: () => mkdir(file, { recursive: true }) },
  { reason: 'a file that is looked into', work: () => readdir(file) },
  { reason: 'a lock below a file', work: () => acquireLock(join(file, 'up.lock')) },
])('$reason → INVALID_CONFIG dataDir', async ({ work }) => {
  const config = { dataDir: file, cacheDir: join(folder, 'cache') };
  await expect(inFolders<unknown>(config, work)).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    path: 'dataDir',
    problem: 'is to be a folder, and something else is in its place',
  });
});

test.skipIf(process.platform !== 'linux')(
  'a write that failed for want of room is of the folder that has none',
  async () => {
    // As Node tells it: without the file. In /proc there is never any room.
    const noRoom = () => Promise.reject(Object.assign(new Error('no space left on device, write'), { code: 'ENOSPC' }));
    await expect(inFolders({ dataDir: '/proc', cacheDir: folder }, noRoom)).rejects.toMatchObject({ path: 'dataDir' });
    await expect(inFolders({ dataDir: folder, cacheDir: '/proc' }, noRoom)).rejects.toMatchObject({
      path: 'HOMEOSTAT_CACHE_DIR',
      problem: 'cannot be written: no space is left there',
    });
    await expect(inFolders({ dataDir: folder, cacheDir: folder }, noRoom)).rejects.toMatchObject({ code: 'ENOSPC' });
  },
);

test('a lock in a cache that is no folder → INVALID_CONFIG HOMEOSTAT_CACHE_DIR', async () => {
  const work = () => acquireLock(join(file, 'locks', 'etcd'));
  await expect(inFolders<unknown>({ dataDir: join(folder, 'data'), cacheDir: file }, work)).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    path: 'HOMEOSTAT_CACHE_DIR',
  });
});

test.each([
  { code: 'EACCES', at: '/data/up.lock.draft', path: 'dataDir', problem: 'may not be read or written by this user' },
  { code: 'EACCES', at: '/home', path: 'HOMEOSTAT_CACHE_DIR', problem: 'may not be read or written by this user' },
  { code: 'EROFS', at: '/data', path: 'dataDir', problem: 'may not be written: its file system is read-only' },
  { code: 'ENOSPC', at: '/data/host', path: 'dataDir', problem: 'cannot be written: no space is left there' },
])('$code at $at → INVALID_CONFIG $path', async ({ code, at, path, problem }) => {
  const config = { dataDir: '/data', cacheDir: '/home/me/.cache/homeostat' };
  await expect(inFolders(config, () => refused(code, at))).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    path,
    problem,
  });
});

test.each([
  { code: 'EACCES', at: '/elsewhere' },
  { code: 'ENOENT', at: '/data/host' },
])('$code at $at stays as it is', async ({ code, at }) => {
  await expect(inFolders({ dataDir: '/data', cacheDir: '/cache' }, () => refused(code, at))).rejects.toThrow(
    new RegExp(`^${code}$`),
  );
});
