import { readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { acquireLock } from '../../../src/servers/exclusive-lock.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The pid of init with a start time it cannot have: a recycled pid. */
const DEAD = { pid: 1, startTime: 'another boot', nonce: 'dead', since: '2026-01-01T00:00:00.000Z' };

test('one of many that ask at once gets it, the others learn who has it', async () => {
  const file = join(await temporaryFolder(), 'lock');
  const results = await Promise.all(Array.from({ length: 20 }, () => acquireLock(file)));
  expect(results.filter((result) => 'release' in result)).toHaveLength(1);
  const [other] = results.filter((result) => 'heldBy' in result);
  expect(other?.heldBy.pid).toBe(process.pid);
});

test('a lock given back can be taken again, and giving it back twice does not take it from the next', async () => {
  const file = join(await temporaryFolder(), 'lock');
  const first = await acquireLock(file);
  if (!('release' in first)) throw new Error('expected the lock');
  await first.release();
  expect(await acquireLock(file)).toHaveProperty('release');
  await first.release();
  expect(await acquireLock(file)).toHaveProperty('heldBy');
});

test('the folder it makes for itself is open to nobody else', async () => {
  const file = join(await temporaryFolder(), 'data', 'lock');
  await acquireLock(file);
  expect((await stat(dirname(file))).mode & 0o777).toBe(0o700);
});

test('a lock whose holder died, its pid now somebody else’s, is taken over by exactly one of many', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'lock');
  await writeFile(file, JSON.stringify(DEAD));
  const results = await Promise.all(Array.from({ length: 20 }, () => acquireLock(file)));
  expect(results.filter((result) => 'release' in result)).toHaveLength(1);
  expect(await readdir(folder)).toEqual(['lock']);
});

test('one who died while taking over is inherited from too', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'lock');
  await writeFile(file, JSON.stringify(DEAD));
  await writeFile(`${file}.dead`, JSON.stringify({ ...DEAD, nonce: 'dead-too' }));
  const results = await Promise.all(Array.from({ length: 10 }, () => acquireLock(file)));
  expect(results.filter((result) => 'release' in result)).toHaveLength(1);
  expect(await readdir(folder)).toEqual(['lock']);
});

test('a spoilt lock file keeps nobody out', async () => {
  const file = join(await temporaryFolder(), 'lock');
  await writeFile(file, '{"pid":');
  expect(await acquireLock(file)).toHaveProperty('release');
});
