import { statfs } from 'node:fs/promises';
import { HomeostatError } from '../../domain/failure.ts';

/** What the states and notes of an effect take, many times over. */
const neededBytes = 64 * 1_024;

/**
 * Throws `EFFECT_REFUSED` while the disk has no room for what starting a program writes down. Asked before a program is
 * ended that is to be started again: afterwards it would stay down, and nobody could note what became of it.
 */
export async function requireRoom(folder: string): Promise<void> {
  const { bavail, bfree, bsize } = await statfs(folder);
  // Some of what is free is kept for root.
  const freeBytes = (process.getuid?.() === 0 ? bfree : bavail) * bsize;
  if (freeBytes >= neededBytes) return;
  throw new HomeostatError('EFFECT_REFUSED', {
    path: folder,
    problem: `${freeBytes} bytes are free on its disk: once ended it could not be started again`,
    remedy: 'make room first, for an instance with clear_instance_space',
  });
}
