import { randomUUID } from 'node:crypto';
import { access, chmod, constants, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readJsonFile } from './json-file.ts';
import { isFitting, compareVersions } from './versions.ts';
import type { BinaryName, FoundBinary } from './types.ts';

const originSchema = z.object({ origin: z.string() });

/**
 * `<cache>/bin/<name>-<version>/` holds one program and `origin.json`. A folder appears by one rename, complete or not at
 * all, so whoever finds it may use it, however many processes fetch the same thing at once.
 */
export async function findCached(
  cacheDir: string,
  name: BinaryName,
  dataVersion?: string,
): Promise<FoundBinary | undefined> {
  const root = join(cacheDir, 'bin');
  const folders = await readdir(root).catch(() => []);
  const versions = folders
    .filter((folder) => folder.startsWith(`${name}-`))
    .map((folder) => folder.slice(name.length + 1))
    .filter((version) => /^\d+\.\d+\.\d+$/.test(version) && isFitting(name, version, dataVersion))
    .toSorted((left, right) => compareVersions(right, left));
  for (const version of versions) {
    const folder = join(root, `${name}-${version}`);
    const path = join(folder, name);
    const isUsable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isUsable) return { path, version, origin: await readOrigin(folder) };
  }
  return undefined;
}

/** Moves a program into the cache. A program already there stays: it may be running. */
export async function addToCache(
  cacheDir: string,
  name: BinaryName,
  file: string,
  found: { readonly version: string; readonly origin: string },
): Promise<FoundBinary> {
  const folder = join(cacheDir, 'bin', `${name}-${found.version}`);
  await withTemporaryFolder(cacheDir, async (temporary) => {
    const draft = join(temporary, 'draft');
    await mkdir(draft);
    await rename(file, join(draft, name));
    await chmod(join(draft, name), 0o755);
    await writeFile(join(draft, 'origin.json'), `${JSON.stringify({ name, ...found })}\n`);
    await mkdir(join(cacheDir, 'bin'), { recursive: true });
    await rename(draft, folder).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      // Already there. If it is the broken rest of something, make it whole, file by file.
      const isWhole = await access(join(folder, name), constants.X_OK).then(
        () => true,
        () => false,
      );
      if (!isWhole) await rename(join(draft, name), join(folder, name));
    });
  });
  return { path: join(folder, name), ...found };
}

/** A folder on the cache's own file system (so that rename works), removed afterwards. */
export async function withTemporaryFolder<Result>(
  cacheDir: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = join(cacheDir, 'tmp', randomUUID());
  await mkdir(folder, { recursive: true });
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readOrigin(folder: string): Promise<string> {
  return (await readJsonFile(join(folder, 'origin.json'), originSchema))?.origin ?? 'our cache';
}
