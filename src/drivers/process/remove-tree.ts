import { chmod, lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Removes a file, or a folder with all that is in it, also where a program made folders read-only. What is not there is
 * fine; a link is removed, and what it leads to is left alone.
 */
export async function removeTree(path: string): Promise<void> {
  // Not after a first try: one that failed goes on removing for a while, and would take the folders away from under this.
  await makeFoldersWritable(path);
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}

/**
 * Lets their owner list and change all folders of a tree, without following links. As far as it can: what was somebody
 * else's, or is gone meanwhile, is told of by whatever is done to it next.
 */
export async function makeFoldersWritable(path: string): Promise<void> {
  const pending = [path];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const stats = await lstat(folder).catch(() => undefined);
    if (stats?.isDirectory() !== true) continue;
    if ((stats.mode & 0o700) !== 0o700) await chmod(folder, (stats.mode & 0o7777) | 0o700).catch(() => undefined);
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => []))
      if (entry.isDirectory()) pending.push(join(folder, entry.name));
  }
}
