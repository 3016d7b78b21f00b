import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * This host's id, kept with the data: whoever has the data owns the processes that were started from it. Made once;
 * two runtimes that start at the same moment agree on it, because the file is created exclusively.
 */
export function loadHostId(dataDir: string, configured: string | undefined): string {
  if (configured !== undefined) return configured;
  const file = join(dataDir, 'host');
  mkdirSync(dataDir, { recursive: true });
  try {
    writeFileSync(file, `host-${randomBytes(4).toString('hex')}\n`, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8').trim();
}
