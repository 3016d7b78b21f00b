import { createHash } from 'node:crypto';
import { constants, createReadStream, type BigIntStats } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { digestOf } from '../../domain/canonical.ts';
import { badImage } from './image-reference.ts';

/** A file or symbolic link of a folder; paths are relative with `/`. Empty folders carry no meaning and are left out. */
export type TreeEntry =
  | { readonly path: string; readonly type: 'file'; readonly executable: boolean; readonly stats: BigIntStats }
  | { readonly path: string; readonly type: 'link'; readonly target: string };

/** All entries of a folder, sorted by path. Refuses sockets, pipes and devices. Never follows a link below the folder. */
export async function listTree(folder: string): Promise<readonly TreeEntry[]> {
  const entries: TreeEntry[] = [];
  const pending = [''];
  for (let relative = pending.pop(); relative !== undefined; relative = pending.pop()) {
    for (const name of await readdir(join(folder, relative))) {
      const path = relative === '' ? name : `${relative}/${name}`;
      const stats = await lstat(join(folder, path), { bigint: true });
      if (stats.isDirectory()) pending.push(path);
      else if (stats.isFile()) entries.push({ path, type: 'file', executable: (stats.mode & 0o100n) !== 0n, stats });
      else if (stats.isSymbolicLink()) entries.push({ path, type: 'link', target: await readlink(join(folder, path)) });
      else throw badImage('an image holds only files, folders and symbolic links', path);
    }
  }
  return entries.toSorted((left, right) => (left.path < right.path ? -1 : 1));
}

/**
 * SHA-256 over the canonical list of paths, executable bits, content digests and link targets. The same for a folder
 * and for a tarball of it, whatever the times, owners and order. `hashFile` may answer from a cache.
 */
export async function digestTree(
  folder: string,
  entries: readonly TreeEntry[],
  hashFile: (path: string, stats: BigIntStats) => Promise<string> = hashContent,
): Promise<string> {
  const lines = [];
  for (const entry of entries) {
    lines.push(
      entry.type === 'link'
        ? { path: entry.path, target: entry.target }
        : {
            path: entry.path,
            executable: entry.executable,
            sha256: await hashFile(join(folder, entry.path), entry.stats),
          },
    );
  }
  return digestOf(lines);
}

export async function hashContent(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Copies a folder's entries; `onEntry` is called before each and may throw to end it. */
export async function copyTree(
  from: string,
  to: string,
  entries: readonly TreeEntry[],
  onEntry: () => void,
): Promise<void> {
  for (const entry of entries) {
    onEntry();
    const target = join(to, entry.path);
    await mkdir(dirname(target), { recursive: true });
    if (entry.type === 'link') {
      await symlink(entry.target, target);
      continue;
    }
    await copyFile(join(from, entry.path), target, constants.COPYFILE_FICLONE);
    await chmod(target, entry.executable ? 0o755 : 0o644);
  }
}

/** Refuses links that lead out of the folder, also by way of other links, and also when nothing is there yet. */
export function checkLinks(entries: readonly TreeEntry[]): void {
  const targets = new Map(
    entries.flatMap((entry) => (entry.type === 'link' ? [[entry.path, entry.target] as const] : [])),
  );
  for (const [path, target] of targets) {
    if (!staysInside(path, targets)) throw badImage('a symbolic link leads out of the image', `${path} -> ${target}`);
  }
}

const maximumLinkHops = 40;

/** Walks a path part by part, as the kernel does, over the links of the image alone. */
function staysInside(path: string, targets: ReadonlyMap<string, string>): boolean {
  const pending = path.split('/').toReversed();
  const walked: string[] = [];
  let hops = 0;
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (walked.pop() === undefined) return false;
      continue;
    }
    walked.push(part);
    const target = targets.get(walked.join('/'));
    if (target === undefined) continue;
    hops += 1;
    if (isAbsolute(target) || hops > maximumLinkHops) return false;
    walked.pop();
    pending.push(...target.split('/').toReversed());
  }
  return true;
}
