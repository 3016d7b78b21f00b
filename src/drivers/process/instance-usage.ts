import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstanceUsage } from '../driver.ts';
import { scratchOf, type ProvisionedState } from './instance-state.ts';
import { isRunAlive } from './process-group.ts';
import type { ProcessHost } from './process-host.ts';

/** What an instance uses now. Where it writes is, as far as we know, its folder and what may be mounted as its scratch folders. */
export async function usageOfInstance(
  { root, settings, run }: ProvisionedState,
  path: string,
  { processes, bootId }: Pick<ProcessHost, 'processes' | 'bootId'>,
): Promise<InstanceUsage> {
  const isRunning = run !== undefined && (await isRunAlive(run, processes, bootId));
  const [disk, group] = await Promise.all([
    fullestDisk([path, join(path, root), ...scratchOf(settings).map((folder) => join(path, root, folder))]),
    isRunning ? processes.usageOf?.(run.pid) : undefined,
  ]);
  return { ...group, diskFreeBytes: disk.bavail * disk.bsize, diskTotalBytes: disk.blocks * disk.bsize };
}

/** The file system with the least room, for its size, of those that the folders are on. */
async function fullestDisk(folders: readonly string[]) {
  const found = await Promise.all(folders.map((folder) => statfs(folder).catch(() => undefined)));
  const disks = found.filter((disk) => disk !== undefined && disk.blocks > 0).map((disk) => disk!);
  const [first, ...others] = disks;
  if (first === undefined) throw new Error(`cannot tell how much room there is for ${folders[0]}`);
  return others.reduce((one, other) => (other.bavail / other.blocks < one.bavail / one.blocks ? other : one), first);
}
