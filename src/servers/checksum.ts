import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ServersError } from './servers-error.ts';

/** SHA-256 of a file, as hex. */
async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Throws CHECKSUM_MISMATCH unless the file is exactly the pinned one. Call it before anything is unpacked. */
export async function verifySha256(file: string, expected: string): Promise<void> {
  const actual = await sha256Of(file);
  if (actual === expected) return;
  throw new ServersError(
    'CHECKSUM_MISMATCH',
    `${basename(file)}: is not the pinned file (got sha256 ${actual}, expected ${expected}) — it was not used; check the network or mirror it came from`,
  );
}
