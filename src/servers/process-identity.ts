import { readFileSync } from 'node:fs';
import { runCommand } from './run-command.ts';

/**
 * Who a process is. A pid alone is not enough: it is given to another process once its owner has ended, and signalling
 * that one would kill a stranger. Pid, start time and (where it can be had) boot id together are never given out twice.
 * This is the only file of the folder that knows operating systems apart.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; compare only for equality. */
  readonly startTime: string;
}

/**
 * The identity of a running process, or undefined when there is none (a zombie counts as none). On Linux it is there before
 * this turn of the event loop is over, so that a process that has just begun can be put on record before anything else.
 */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  const startTime = process.platform === 'linux' ? readLinuxStartTime(pid) : await readStartTimeByPs(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

/** Whether exactly this process still runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  const current = await identifyProcess(identity.pid);
  return current?.startTime === identity.startTime;
}

let own: Promise<ProcessIdentity> | undefined;

/** The identity of the calling process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  own ??= identifyProcess(process.pid).then((identity) => identity ?? { pid: process.pid, startTime: 'unknown' });
  return await own;
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

async function readStartTimeByPs(pid: number): Promise<string | undefined> {
  const argv = ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)];
  const options = { timeoutMs: 5000, environment: { ...process.env, LC_ALL: 'C', TZ: 'UTC' } };
  const listed = await runCommand('ps', argv, options).catch(() => undefined);
  const [state, ...startTime] = (listed?.stdout.trim() ?? '').split(/\s+/);
  if (state === undefined || state === '' || state.startsWith('Z')) return undefined;
  return startTime.join(' ');
}
