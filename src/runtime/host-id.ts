import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HomeostatError } from '../domain/failure.ts';
import { isDnsLabel } from '../domain/identity.ts';

/**
 * This host's id, kept with the data: whoever has the data owns the processes that were started from it. Made once;
 * two runtimes that start at the same moment agree on it, because the file appears whole, and once. Throws `INVALID_CONFIG`
 * where something else stands in it: two hosts without an id would take each other's processes for their own.
 */
export function loadHostId(dataDir: string, configured: string | undefined): string {
  if (configured !== undefined) return configured;
  const file = join(dataDir, 'host');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (!existsSync(file)) makeHostId(file);
  const id = readFileSync(file, 'utf8').trim();
  if (isDnsLabel(id)) return id;
  throw new HomeostatError('INVALID_CONFIG', {
    path: file,
    problem: "is to hold this host's id, and does not",
    got: id,
    remedy:
      'write back the id that homeostat describe shows as Host of what runs here; if nothing does, remove the file',
  });
}

function makeHostId(file: string): void {
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, `host-${randomBytes(4).toString('hex')}\n`);
    linkSync(draft, file);
  } catch (error) {
    // Somebody else was first.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
