import { posix } from 'node:path';
import { extract, list, type ReadEntry } from 'tar';
import { badImage } from './image-reference.ts';

const allowedTypes = new Set(['File', 'OldFile', 'ContiguousFile', 'Directory', 'GNUDumpDir', 'SymbolicLink', 'Link']);

/**
 * Unpacks a tarball into an empty folder. Reads it through once before anything is written: one entry that would land
 * outside, or is no file, folder or link, and the whole is refused.
 */
export async function unpackArchive(file: string, folder: string, onEntry: () => void): Promise<void> {
  let problem: string | undefined;
  let interruption: unknown;
  const inspect = (entry: ReadEntry): void => {
    try {
      onEntry();
    } catch (error) {
      interruption ??= error;
    }
    problem ??= problemOf(entry);
  };
  await list({ file, strict: true, onReadEntry: inspect }).catch((error: unknown) => {
    throw badImage('cannot read the tarball', file, error);
  });
  if (interruption !== undefined) throw interruption;
  if (problem !== undefined) throw badImage(problem, file);
  await extract({ file, cwd: folder, strict: true, preserveOwner: false }).catch((error: unknown) => {
    throw badImage(`cannot unpack the tarball: ${String(error)}`, file, error);
  });
  onEntry();
}

function problemOf({ path, type, linkpath }: ReadEntry): string | undefined {
  if (!allowedTypes.has(type)) return `the tarball's entry ${path} is of type ${type}`;
  if (isOutside(path)) return `the tarball's entry ${path} would land outside`;
  // A hard link's target is a path of the archive; where symbolic links lead is looked at when all are unpacked.
  if (type === 'Link' && (linkpath === undefined || isOutside(linkpath))) {
    return `the tarball's entry ${path} links to ${String(linkpath)}, which is outside`;
  }
  return undefined;
}

function isOutside(path: string): boolean {
  return posix.isAbsolute(path) || path.includes('\0') || posix.normalize(path).split('/')[0] === '..';
}
