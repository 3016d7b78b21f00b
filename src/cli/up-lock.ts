import { join } from 'node:path';

/** The file that says that an `up` runs in a data folder. */
export function upLockOf(dataDir: string): string {
  return join(dataDir, 'up.lock');
}
