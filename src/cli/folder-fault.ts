import { statfsSync } from 'node:fs';
import { sep } from 'node:path';
import type { LoadedConfig } from '../config/load-config.ts';
import { HomeostatError } from '../domain/failure.ts';

/** What a folder that was chosen can have against it, by the system's code. */
const problems: Readonly<Record<string, string>> = {
  EACCES: 'may not be read or written by this user',
  EPERM: 'may not be read or written by this user',
  EROFS: 'may not be written: its file system is read-only',
  EEXIST: 'is to be a folder, and something else is in its place',
  ENOTDIR: 'is to be a folder, and something else is in its place',
  ENOSPC: 'cannot be written: no space is left there',
  EDQUOT: 'cannot be written: no space is left there',
};

/** A write may have wanted more than the little that is left. */
const fullBelowBytes = 1024 * 1024;

type Folders = Pick<LoadedConfig, 'dataDir' | 'cacheDir'>;

/** Does what writes in the data folder and the cache; where one of them cannot be written, throws `INVALID_CONFIG` at it. */
export async function inFolders<Result>(config: Folders, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw toFolderFault(error, config);
  }
}

function toFolderFault(error: unknown, { dataDir, cacheDir }: Folders): unknown {
  const { code, path = code === 'ENOSPC' ? findFull([dataDir, cacheDir]) : undefined } = (
    error instanceof Error ? error : {}
  ) as NodeJS.ErrnoException;
  const problem = Object.hasOwn(problems, code ?? '') ? problems[code!] : undefined;
  if (problem === undefined || path === undefined) return error;
  const got = { got: path, cause: error };
  const inData = { path: 'dataDir', remedy: 'make room or place for it, or choose another folder with --data-dir' };
  const inCache = {
    path: 'HOMEOSTAT_CACHE_DIR',
    remedy: 'set it to a folder that you may write, or install temporal and etcd: what is installed needs no cache',
  };
  // Where it cannot be made, the system names the folder above it that cannot be written.
  const at = [
    { ...inData, isMeant: isIn(dataDir, path) },
    { ...inCache, isMeant: isIn(cacheDir, path) },
    { ...inData, isMeant: isIn(path, dataDir) },
    { ...inCache, isMeant: isIn(path, cacheDir) },
  ].find(({ isMeant }) => isMeant);
  if (at === undefined) return error;
  return new HomeostatError('INVALID_CONFIG', { path: at.path, remedy: at.remedy, problem, ...got });
}

/** The folder whose file system has no room left: of a write that failed Node names no file. */
function findFull(folders: readonly string[]): string | undefined {
  return folders.find((folder) => {
    try {
      const { bavail, bsize } = statfsSync(folder);
      return bavail * bsize < fullBelowBytes;
    } catch {
      return false;
    }
  });
}

function isIn(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
