import { existsSync, readdirSync } from 'node:fs';
import { HomeostatError } from '../domain/failure.ts';

/** What stands in a folder that servers or a runtime were started with, each of them in some. */
const marks = ['servers', 'host', 'instances', 'audit', 'etcd', 'temporal', 'ports.json', 'up.lock'];

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
