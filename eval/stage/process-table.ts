import { readFileSync } from 'node:fs';

/** Field of /proc/<pid>/stat behind the program's name: when it was started; the first one is its state. */
const startTimeField = 19;

/** A process that runs or is frozen, told apart from a later one of the same pid. Linux alone. */
export function findProcess(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${pid}@${fields[startTimeField]}`;
  } catch {
    return undefined;
  }
}

/** Megabytes of a process that are in memory. */
export function readMegabytes(pid: number): number | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1_024;
  } catch {
    return undefined;
  }
}

/** Ends a process and its group, if it is still there. */
export function killGroup(pid: number): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // It has ended by itself, or leads no group.
    }
  }
}
