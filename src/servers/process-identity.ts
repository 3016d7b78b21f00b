import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * Who a process is. A pid alone is not enough: it is given to another process once its owner has ended, and signalling
 * that one would kill a stranger. Pid, start time and (where it can be had) boot id together are never given out twice.
 * This is the only file of the folder that knows operating systems apart.
 */
export const processIdentitySchema = z.object({
  pid: z.number(),
  /** Opaque; compare only for equality. */
  startTime: z.string(),
});

export type ProcessIdentity = Readonly<z.output<typeof processIdentitySchema>>;

/**
 * The identity of a running process, or undefined when there is none (a zombie counts as none). At once, so that a process
 * that has just begun can be put on record before anything else.
 */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  const startTime = process.platform === 'linux' ? readLinuxStartTime(pid) : readStartTimeByPs(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

/** What identifies a process, of all that is known of it. */
export function toIdentity({ pid, startTime }: ProcessIdentity): ProcessIdentity {
  return { pid, startTime };
}

/** Whether exactly this process still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startTime === identity.startTime;
}

let own: ProcessIdentity | undefined;

/** The identity of the calling process. */
export function ownIdentity(): ProcessIdentity {
  return (own ??= identifyProcess(process.pid) ?? { pid: process.pid, startTime: 'unknown' });
}

let bootId: string | undefined;

function readLinuxStartTime(pid: number): string | undefined {
  bootId ??= readKernelFile('/proc/sys/kernel/random/boot_id')?.trim() ?? 'unknown-boot';
  const stat = readKernelFile(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X' || startTicks === undefined) return undefined;
  return `${bootId}:${startTicks}`;
}

function readKernelFile(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function readStartTimeByPs(pid: number): string | undefined {
  const argv = ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)];
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  const { stdout } = spawnSync('ps', argv, { timeout: 5000, encoding: 'utf8', env });
  const [state, ...startTime] = (stdout ?? '').trim().split(/\s+/);
  if (state === undefined || state === '' || state.startsWith('Z')) return undefined;
  return startTime.join(' ');
}
