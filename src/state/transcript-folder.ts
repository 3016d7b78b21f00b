import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDnsLabel } from '../domain/identity.ts';

/**
 * Where transcripts are kept as bytes under a name of parts with `/` between them. A folder here; whatever keeps objects
 * by name can stand in its place, such as S3.
 */
export interface TranscriptStore {
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Undefined when there is none. */
  get(name: string): Promise<Uint8Array | undefined>;
  /** Lets go of what was put longer ago. */
  removeOlderThan(ageMs: number): Promise<void>;
}

/** For the owner alone: what models are told is nobody else's business on a shared machine. */
const ownersOnly = { folder: 0o700, file: 0o600 };

/** What is put here, and what is left of it when a process died; people may keep other files in the folder they named. */
const ownName = /^[0-9a-f]{64}\.json(?:\.\d+\.part)?$/;

/** Keeps each transcript as `<tenant>/<digest>.json` below the root. */
export function createTranscriptFolder(root: string): TranscriptStore {
  return {
    async put(name, bytes) {
      const file = join(root, name);
      await mkdir(dirname(file), { recursive: true, mode: ownersOnly.folder });
      // Renamed into place: nobody reads half a file, whenever this process dies.
      const temporary = `${file}.${process.pid}.part`;
      await writeFile(temporary, bytes, { mode: ownersOnly.file });
      await rename(temporary, file);
    },
    async get(name) {
      try {
        return await readFile(join(root, name));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async removeOlderThan(ageMs) {
      const oldest = Date.now() - ageMs;
      for (const tenant of await readdir(root, { withFileTypes: true }).catch(() => [])) {
        if (!tenant.isDirectory() || !isDnsLabel(tenant.name)) continue;
        const folder = join(root, tenant.name);
        for (const entry of await readdir(folder, { withFileTypes: true })) {
          if (!entry.isFile() || !ownName.test(entry.name)) continue;
          const file = join(folder, entry.name);
          if ((await stat(file)).mtimeMs < oldest) await rm(file, { force: true });
        }
      }
    },
  };
}
