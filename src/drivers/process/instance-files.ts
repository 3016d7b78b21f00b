import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { digestOfText } from '../../domain/canonical.ts';
import { HomeostatError } from '../../domain/failure.ts';
import { bytesOf, jsonLimits } from '../../domain/json.ts';
import type { ProvisionedState } from './instance-state.ts';

type Files = Readonly<Record<string, string>>;

/**
 * Refuses paths that leave the instance's folder, that need one name to be both a file and a folder, or that lie in a
 * folder whose content may be thrown away.
 */
export function checkFilePaths(files: Files, scratch: readonly string[] = []): void {
  for (const path of Object.keys(files)) {
    const parts = path.split('/');
    if (path.includes('\0') || parts.some((part) => part === '' || part === '.' || part === '..')) {
      throw badPath(path, 'must be a relative path below the instance, without . or ..');
    }
    const above = parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join('/'));
    const clash = above.find((folder) => Object.hasOwn(files, folder));
    if (clash !== undefined) throw badPath(path, `${clash} is a file of this instance, it cannot be a folder too`);
    const thrownAway = scratch.find((folder) => path === folder || path.startsWith(`${folder}/`));
    if (thrownAway !== undefined) throw badPath(path, `the content of ${thrownAway} may be thrown away (spec.scratch)`);
  }
}

/**
 * Refuses files that cannot be put in place because of what is there already: a folder of the name, or no folder above it.
 */
export async function checkPlaces(root: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) await checkPlace(root, path);
}

async function checkPlace(root: string, path: string): Promise<void> {
  const parts = path.split('/');
  for (let depth = 1; depth < parts.length; depth += 1) {
    const above = parts.slice(0, depth).join('/');
    const found = await lstatOf(join(root, above));
    if (found === undefined) return;
    if (!found.isDirectory()) throw badPath(path, `${above} is in the way, and is no folder`);
  }
  const found = await lstatOf(join(root, path));
  if (found?.isDirectory() === true) throw badPath(path, 'there is a folder of this name in the instance');
}

/** The folder of what lay where files were put in place: beside the root, and gone with it. */
export function originalsOf(root: string): string {
  return `${root}.originals`;
}

/**
 * Keeps what the image, or the program, has where files will be put in place, so that it comes back when they are obsolete.
 * Called before they are noted as wanted: what lies there afterwards may be one of them. What was kept first stays.
 */
export async function keepOriginals(root: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const found = await findEntry(root, path);
    if (found?.isFile() !== true && found?.isSymbolicLink() !== true) continue;
    await mkdir(originalsOf(root), { recursive: true, mode: 0o700 });
    try {
      // A second name needs no room, and keeps what it names: files are put in place by a rename.
      await link(join(root, path), originalOf(root, path));
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (!isMissing(error) && !notKept.has(code)) throw error;
    }
  }
}

/** Kept already; and what cannot be named twice, as a file of somebody else or of another file system: it is done without. */
const notKept = new Set(['EEXIST', 'EPERM', 'EACCES', 'EXDEV', 'EMLINK']);

function originalOf(root: string, path: string): string {
  return join(originalsOf(root), digestOfText(path));
}

/**
 * Puts files in place, each whole or not at all. Where one is obsolete, its original is put back; without one it is removed.
 * `check` is asked before each change.
 */
export async function writeInstanceFiles(
  root: string,
  files: Files,
  obsolete: readonly string[] = [],
  check: () => Promise<void> = async () => {},
): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    if ((await readPlainFile(root, path)) === content) continue;
    await check();
    await writePlainFile(root, path, content);
  }
  for (const path of obsolete) {
    if (Object.hasOwn(files, path) || (await findPlain(root, path)) === undefined) continue;
    await check();
    await putBack(root, path);
  }
}

async function putBack(root: string, path: string): Promise<void> {
  const target = join(root, path);
  const aside = asideOf(target);
  try {
    await link(originalOf(root, path), aside);
    await rename(aside, target);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await rm(target, { force: true });
  } finally {
    // A rename to another name of the same file does nothing: that is where an earlier attempt has put it back.
    await rm(aside, { force: true });
  }
}

/** The files of a state's settings, and those of earlier ones that are still there, as they are on the disk. */
export function readOwnFiles(
  root: string,
  { settings, obsoleteFiles }: Pick<ProvisionedState, 'settings' | 'obsoleteFiles'>,
): Promise<Record<string, string>> {
  return readInstanceFiles(root, [...Object.keys(settings.files), ...obsoleteFiles]);
}

/**
 * The files that are there, as they are on the disk: together no more than a spec can ask for, so that what was seen can be
 * noted; past that only their size. A link in the way is never followed: the file is not there. Of one that may not be read
 * it is said that it is so, which is no content either.
 */
export async function readInstanceFiles(root: string, paths: readonly string[]): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  let room = jsonLimits.bytes;
  for (const path of paths) {
    const content = await readPlainFile(root, path, room);
    if (content === undefined) continue;
    files[path] = content;
    room -= Math.min(room, bytesOf(content, room));
  }
  return files;
}

async function readPlainFile(root: string, path: string, room = jsonLimits.bytes): Promise<string | undefined> {
  try {
    const size = await findPlain(root, path);
    if (size === undefined) return undefined;
    // No spec can ask for this much, so any text differs from what is wanted; this one also says why.
    const tooLarge = `(${size} bytes, too large to show)`;
    if (size > room) return tooLarge;
    const file = await open(join(root, path), constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const content = await file.readFile('utf8');
      return bytesOf(content, room) > room ? tooLarge : content;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isMissing(error)) return undefined;
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') return `(cannot be read: ${code})`;
    throw error;
  }
}

async function writePlainFile(root: string, path: string, content: string): Promise<void> {
  const target = join(root, path);
  await checkPlace(root, path);
  await mkdir(dirname(target), { recursive: true });
  const found = await lstatOf(target);
  const executable = content.startsWith('#!') || (found?.isFile() === true && (found.mode & 0o100) !== 0);
  const aside = asideOf(target);
  try {
    const file = await open(aside, 'wx', executable ? 0o755 : 0o644);
    try {
      await file.writeFile(content);
    } finally {
      await file.close();
    }
    await rename(aside, target);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

function asideOf(target: string): string {
  return join(dirname(target), `.homeostat-${randomBytes(6).toString('hex')}`);
}

/** The size of a regular file that is reached without any link; undefined when there is none. */
async function findPlain(root: string, path: string): Promise<number | undefined> {
  const found = await findEntry(root, path);
  return found?.isFile() === true ? found.size : undefined;
}

/** What is at a path, not following a link at its end; undefined when one leads there. */
async function findEntry(root: string, path: string) {
  const parts = path.split('/');
  for (let depth = 1; depth < parts.length; depth += 1) {
    const folder = await lstatOf(join(root, ...parts.slice(0, depth)));
    if (folder?.isDirectory() !== true) return undefined;
  }
  return lstatOf(join(root, path));
}

async function lstatOf(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function badPath(path: string, problem: string): HomeostatError {
  return new HomeostatError('EFFECT_REFUSED', {
    path: 'spec.files',
    problem,
    got: path,
    remedy: 'choose another path',
  });
}
