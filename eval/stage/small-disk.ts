import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/** Whether this process may mount a file system of a few megabytes. Without it such scenarios are left out. */
export function canMount(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0;
}

/** Mounts a file system in memory over a folder. Returns how to take it away again. */
export function mountSmallDisk(folder: string, megabytes: number): () => void {
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'homeostat-eval', folder]);
  return () => {
    // Lazily: what still runs in there must not keep us.
    execFileSync('umount', ['-l', folder]);
  };
}
