import { link, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The one atomic step everything rests on: a record is written aside and then hard-linked to the next number. The link
 * fails when the number is taken, so of all who read state N exactly one appends N + 1. Imports nothing but Node,
 * because the launcher does it too.
 */

/** What linking needs to know of a record. */
export interface LinkableState {
  readonly version: number;
  readonly id: string;
}

const numberedFile = /^([0-9]{6,15})\.json$/;

export function stateFileName(version: number): string {
  return `${String(version).padStart(6, '0')}.json`;
}

/** The numbers in a chain's folder, ascending; none when there is no folder. */
export async function listVersions(folder: string): Promise<number[]> {
  try {
    const names = await readdir(folder);
    return names
      .flatMap((name) => numberedFile.exec(name)?.[1] ?? [])
      .map(Number)
      .toSorted((left, right) => left - right);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Appends a record at its number. False: somebody else moved first, and nothing was appended. */
export async function linkState(folder: string, state: LinkableState): Promise<boolean> {
  const { version } = state;
  const target = join(folder, stateFileName(version));
  const aside = join(folder, `.aside-${process.pid}-${version}-${Math.random().toString(36).slice(2)}`);
  try {
    const file = await open(aside, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(state));
      // After a power cut a record is whole or absent, never empty.
      await file.sync();
    } finally {
      await file.close();
    }
    await link(aside, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
  // Old records are pruned, so a very late link can find its number free again. The newest record is never pruned.
  const newest = (await listVersions(folder)).at(-1) ?? version;
  if (newest <= version || (await isFollowed(folder, state))) return true;
  await rm(target, { force: true });
  return false;
}

/** Whether the next record was built on this one: then this one was the newest, however briefly. */
async function isFollowed(folder: string, { version, id }: LinkableState): Promise<boolean> {
  try {
    const next = JSON.parse(await readFile(join(folder, stateFileName(version + 1)), 'utf8')) as { follows?: unknown };
    return next.follows === id;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
