import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AuditArchive } from './audit-log.ts';

/** Audit archive in `<folder>/<tenant>/<Kind>/<name>.jsonl`, appended and on the disk before it says so. */
export function createFileArchive(folder: string): AuditArchive {
  return async ({ tenant, kind, name }, lines) => {
    const path = join(folder, tenant, kind, `${name}.jsonl`);
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'a');
    try {
      await file.writeFile(lines.map((line) => `${line}\n`).join(''));
      await file.sync();
    } finally {
      await file.close();
    }
  };
}
