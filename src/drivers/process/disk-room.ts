import type { StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HomeostatError } from '../../domain/failure.ts';

/** What the states and notes of an effect take, many times over. */
const neededBytes = 64 * 1_024;

/**
 * Throws `EFFECT_REFUSED` while the disk of a folder, which need not be there yet, has no room for what an effect writes
 * down. Asked before anything is done: afterwards a program that was ended would stay down, and nobody could note what
 * became of it, nor that it cannot happen any more.
 */
export async function requireRoom(folder: string): Promise<void> {
  const { bavail, bfree, blocks, bsize } = await statfsAbove(folder);
  // Some of what is free is kept for root.
  const freeBytes = (process.getuid?.() === 0 ? bfree : bavail) * bsize;
  // A file system without blocks tells nothing.
  if (blocks === 0 || freeBytes >= neededBytes) return;
  throw new HomeostatError('EFFECT_REFUSED', {
    path: folder,
    problem: `${freeBytes} bytes are free on its disk: what is done now could not be written down`,
    remedy: 'make room first, for an instance with clear_instance_space',
  });
}

async function statfsAbove(folder: string): Promise<StatsFs> {
  try {
    return await statfs(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || folder === dirname(folder)) throw error;
    return statfsAbove(dirname(folder));
  }
}
