import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseProcessStat } from '../../src/drivers/process/process-stat.ts';

export interface Memory {
  /** Megabytes (2²⁰) in memory now. */
  readonly rssMb: number;
  /** The most there ever was. */
  readonly peakMb: number;
}

/** Processor time a process has used so far, all its threads together. Linux alone, as is `readMemory`. */
export function readCpuSeconds(pid: number): number {
  return parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))!.cpuSeconds;
}

export function readMemory(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytesOf = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / 1024;
  return { rssMb: megabytesOf('VmRSS'), peakMb: megabytesOf('VmHWM') };
}

/** Share of one processor that a process uses over some seconds from now. */
export async function measureCpuShare(pid: number, seconds: number): Promise<number> {
  const before = readCpuSeconds(pid);
  const from = performance.now();
  await sleep(seconds * 1_000);
  return (readCpuSeconds(pid) - before) / ((performance.now() - from) / 1_000);
}

/** Waits until a process has used next to nothing for a while. Throws when it never comes to rest. */
export async function waitUntilIdle(
  pid: number,
  { share = 0.02, seconds = 3, patienceSeconds = 90 } = {},
): Promise<void> {
  const deadline = performance.now() + patienceSeconds * 1_000;
  while ((await measureCpuShare(pid, seconds)) > share) {
    if (performance.now() > deadline) throw new Error(`process ${pid} did not come to rest in ${patienceSeconds} s`);
  }
}
