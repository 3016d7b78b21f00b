/** What `/proc/<pid>/stat` says of a process, as far as anybody here asks. */
export interface ProcessStat {
  /** A letter; `Z` and `X` of one that has ended. */
  readonly state: string;
  readonly group: number;
  readonly threads: number;
  /** In ticks since the machine's boot. */
  readonly startTime: string;
  /** Of the processor, all its threads together. */
  readonly cpuSeconds: number;
  /** The same of its children, as far as it has waited for them. */
  readonly childCpuSeconds: number;
}

/** The unit of times in `/proc`, `USER_HZ`: part of Linux' promise to programs, and 100 on every machine Node runs on. */
const ticksPerSecond = 100;

/**
 * Reads `pid (name) state ppid group …`; the name may hold spaces and parentheses, so fields count from the last one.
 * Undefined for a text that ends before the start time.
 */
export function parseProcessStat(text: string): ProcessStat | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, group, threads, startTime] = [fields[0], fields[2], fields[17], fields[19]];
  if (state === undefined || startTime === undefined) return undefined;
  const secondsOf = (user: number, system: number) => (Number(fields[user]) + Number(fields[system])) / ticksPerSecond;
  return {
    state,
    group: Number(group),
    threads: Number(threads),
    startTime,
    cpuSeconds: secondsOf(11, 12),
    childCpuSeconds: secondsOf(13, 14),
  };
}
