import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { lstat, mkdir, open, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { absent, HomeostatError, present, unreachable, type Observation } from 'homeostat';

/**
 * A folder in which an agent may act, and out of which it must not. Every path is checked part by part before it is used:
 * nothing absolute, no `.` or `..`, and no symbolic link on the way, so that no name can lead elsewhere. (Somebody who may
 * write in the folder at the very same moment could still swap a folder for a link; Node offers no call against that.)
 */
export interface ManagedFolder {
  /** Changes nothing. What is in the way and is no file gives `unreachable`: neither a create nor a delete follows from it. */
  observe(path: string): Promise<Observation<{ content: string | null }>>;
  /** Puts the whole file in place by one rename; on any failure the old one is there still. */
  write(path: string, content: string, key: string, signal: AbortSignal): Promise<void>;
  /** Takes from earlier attempts under this key what they have in hand: their rename then fails. */
  discard(path: string, key: string): Promise<void>;
  /** Succeeds when there is no file already. */
  remove(path: string, signal: AbortSignal): Promise<void>;
}

/** More than any content a spec may ask for takes as UTF-8. */
const maximumBytes = 64 * 1024;

export function createManagedFolder(root: string): ManagedFolder {
  const locate = async (path: string): Promise<Place> => place(await realpath(root), path);
  return {
    async observe(path) {
      try {
        const { stats, file, obstacle } = await locate(path);
        if (obstacle !== undefined) return unreachable(obstacle);
        if (stats === undefined) return absent();
        return present({ content: stats.size > maximumBytes ? null : await readText(file) });
      } catch (error) {
        // The root is gone, or not ours to read: nobody can say what is there.
        return unreachable(error instanceof Error ? error.message : String(error));
      }
    },

    async write(path, content, key, signal) {
      const { file, stats } = refuseObstacle(await locate(path), path);
      await mkdir(dirname(file), { recursive: true });
      const aside = asideOf(file, key);
      // An earlier attempt under this key may have left one half written.
      await rm(aside, { force: true });
      try {
        await writeNew(aside, content, (stats?.mode ?? 0o644) & 0o777);
        // Looked at again: the world may have moved while we wrote, and a cancelled attempt may not act any more.
        signal.throwIfAborted();
        refuseObstacle(await locate(path), path);
        await rename(aside, file);
      } finally {
        await rm(aside, { force: true });
      }
    },

    async discard(path, key) {
      const { file, obstacle } = await locate(path);
      if (obstacle === undefined) await rm(asideOf(file, key), { force: true });
    },

    async remove(path, signal) {
      const { file } = refuseObstacle(await locate(path), path);
      signal.throwIfAborted();
      await rm(file, { force: true });
    },
  };
}

interface Place {
  readonly file: string;
  /** Of the regular file that is there. */
  readonly stats?: Stats;
  /** Why there can be no file: what stands in its place or on the way to it. */
  readonly obstacle?: string;
}

async function place(root: string, path: string): Promise<Place> {
  const parts = path.split('/');
  const file = join(root, ...parts);
  if (path.includes('\0') || parts.some((part) => part === '' || part === '.' || part === '..')) {
    return { file, obstacle: `${path} is no path below the root folder` };
  }
  for (let depth = 1; depth < parts.length; depth += 1) {
    const above = parts.slice(0, depth).join('/');
    const stats = await lstatOf(join(root, above));
    if (stats === undefined) return { file };
    if (!stats.isDirectory()) return { file, obstacle: `${above} is in the way, and is no folder` };
  }
  const stats = await lstatOf(file);
  if (stats === undefined) return { file };
  return stats.isFile() ? { file, stats } : { file, obstacle: `${path} is in the way, and is no file` };
}

/** `EFFECT_REFUSED` tells the runtime that nothing happened, so nobody has to ask what became of the step. */
function refuseObstacle(found: Place, path: string): Place {
  if (found.obstacle === undefined) return found;
  throw new HomeostatError('EFFECT_REFUSED', {
    path: 'spec.path',
    problem: found.obstacle,
    got: path,
    remedy: 'remove what is in the way, or choose another path',
  });
}

/** The same for all attempts at one effect, and for no other effect. */
function asideOf(file: string, key: string): string {
  return join(dirname(file), `.homeostat-${createHash('sha256').update(`${file} ${key}`).digest('hex').slice(0, 16)}`);
}

async function writeNew(file: string, content: string, mode: number): Promise<void> {
  const handle = await open(file, 'wx', mode);
  try {
    await handle.writeFile(content);
    // After a power cut the file is the old one or the new one, never empty.
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readText(file: string): Promise<string | null> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const bytes = await handle.readFile();
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  } finally {
    await handle.close();
  }
}

async function lstatOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
