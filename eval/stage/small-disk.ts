import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What they say on standard error is in the error that is thrown. */
const quietly = { stdio: 'pipe' } as const;

/** Whether this process may mount a file system of a few megabytes, by trying. Without it such scenarios are left out. */
export function canMount(): boolean {
  if (process.platform !== 'linux') return false;
  const folder = mkdtempSync(join(tmpdir(), 'homeostat-mount-'));
  try {
    mountSmallDisk(folder, 1)();
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}

/** Mounts a file system in memory over a folder. Returns how to take it away again. */
export function mountSmallDisk(folder: string, megabytes: number): () => void {
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'homeostat-eval', folder], quietly);
  return () => {
    // Lazily: what still runs in there must not keep us.
    execFileSync('umount', ['-l', folder], quietly);
  };
}
