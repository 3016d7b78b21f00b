import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addToCache, findCached } from '../../../src/servers/binary-cache.ts';
import { temporaryFolder } from './temporary-folder.ts';

test('the newest fitting version is found, with where it came from', async () => {
  const cacheDir = await temporaryFolder();
  expect(await findCached(cacheDir, 'etcd')).toBeUndefined();
  for (const version of ['3.5.0', '3.6.9', '3.6.14']) {
    const file = join(cacheDir, 'draft');
    await writeFile(file, version);
    await addToCache(cacheDir, 'etcd', file, { version, origin: `release ${version}` });
  }
  expect(await findCached(cacheDir, 'etcd')).toEqual({
    path: join(cacheDir, 'bin', 'etcd-3.6.14', 'etcd'),
    version: '3.6.14',
    origin: 'release 3.6.14',
  });
  expect(await findCached(cacheDir, 'etcdctl')).toBeUndefined();
});

test('two that add the same at once both get it, and the one that was first stays', async () => {
  const cacheDir = await temporaryFolder();
  const files = ['first', 'second'].map((name) => join(cacheDir, name));
  await Promise.all(files.map(async (file) => await writeFile(file, 'program')));
  const found = { version: '3.7.3', origin: 'build' };
  const [first, second] = await Promise.all(files.map(async (file) => await addToCache(cacheDir, 'etcd', file, found)));
  expect(first).toEqual(second);
  expect(await readFile(first?.path ?? '', 'utf8')).toBe('program');
});
