import { existsSync, readdirSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HomeostatError } from '../domain/failure.ts';

/** What stands in a folder that servers or a runtime were started with, each of them in some. */
const marks = ['servers', 'host', 'instances', 'ports.json', 'up.lock'];
/** All that servers and runtimes keep in their folder. */
const kept = [
  ...marks,
  'audit',
  'cache',
  'endpoints.json',
  'etcd',
  'runtime.log',
  'runtime.log.1',
  'temporal',
  'transcripts',
];

/**
 * Throws `INVALID_VALUE` where a folder holds other things and none that a runtime keeps: to be asked before anything there
 * is written, stopped or deleted.
 */
export function checkDataFolder(dataDir: string): void {
  const names = existsSync(dataDir) ? readdirSync(dataDir) : [];
  if (names.length === 0 || marks.some((mark) => names.includes(mark))) return;
  throw new HomeostatError('INVALID_VALUE', {
    path: 'dataDir',
    problem: 'holds other things, and none that a runtime keeps',
    got: dataDir,
    remedy: 'name the folder that homeostat up was given, with --data-dir',
  });
}

/** Removes what servers and runtimes keep, and the folder where nothing else is in it; answers what else is. */
export async function removeData(dataDir: string): Promise<readonly string[]> {
  for (const name of kept) await rm(join(dataDir, name), { recursive: true, force: true });
  const others = await readdir(dataDir);
  if (others.length === 0) await rmdir(dataDir);
  return others;
}
