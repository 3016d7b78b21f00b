import { parseProcessStat } from './process-stat.ts';

/** What the processes of one group use together, see `InstanceUsage`. */
export interface GroupUsage {
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  readonly processes: number;
  readonly readBytes?: number;
  readonly writtenBytes?: number;
}

export interface ProcReader {
  /** A file below `/proc`; undefined where it is gone, or not ours to read. */
  read(path: string): Promise<string | undefined>;
  listPids(): Promise<readonly number[]>;
}

/** Who is in which group is read once for all instances that are measured together: a look at every process of the host. */
const listedForMs = 5_000;
/** How soon it is read again for a group that nobody has seen yet. */
const listedAtLeastMs = 250;

/**
 * Reads what groups of processes use from `/proc`. There is no network in it: Linux counts that by network namespace, and
 * instances share the host's.
 */
export function createGroupUsage({ read, listPids }: ProcReader): (group: number) => Promise<GroupUsage | undefined> {
  let listed: { readonly at: number; readonly members: Promise<ReadonlyMap<number, readonly number[]>> } | undefined;
  const listMembers = (youngerThanMs: number) => {
    if (listed === undefined || performance.now() - listed.at > youngerThanMs) {
      listed = { at: performance.now(), members: readMembers() };
    }
    return listed.members;
  };
  const readMembers = async (): Promise<ReadonlyMap<number, readonly number[]>> => {
    const members = new Map<number, number[]>();
    for (const pid of await listPids()) {
      const group = parseProcessStat((await read(`${pid}/stat`)) ?? '')?.group;
      if (group !== undefined) members.set(group, [...(members.get(group) ?? []), pid]);
    }
    return members;
  };
  const measure = async (pid: number, group: number): Promise<GroupUsage | undefined> => {
    const [text, status, io] = await Promise.all([read(`${pid}/stat`), read(`${pid}/status`), read(`${pid}/io`)]);
    const stat = parseProcessStat(text ?? '');
    // A number that was used again for somebody else's process.
    if (stat?.group !== group) return undefined;
    const kibibytes = Number(/^VmRSS:\s+([0-9]+) kB$/m.exec(status ?? '')?.[1] ?? 0);
    const readBytes = numberIn(io, /^read_bytes: ([0-9]+)$/m);
    const writtenBytes = numberIn(io, /^write_bytes: ([0-9]+)$/m);
    return {
      cpuSeconds: stat.cpuSeconds + stat.childCpuSeconds,
      memoryBytes: kibibytes * 1_024,
      processes: 1,
      ...(readBytes === undefined ? {} : { readBytes }),
      ...(writtenBytes === undefined ? {} : { writtenBytes }),
    };
  };
  return async (group) => {
    const known = (await listMembers(listedForMs)).get(group);
    const pids = known ?? (await listMembers(listedAtLeastMs)).get(group) ?? [];
    const all = await Promise.all(pids.map((pid) => measure(pid, group)));
    return all.reduce((sum, one) => (sum === undefined || one === undefined ? (sum ?? one) : add(sum, one)), undefined);
  };
}

function add(one: GroupUsage, other: GroupUsage): GroupUsage {
  return {
    cpuSeconds: one.cpuSeconds + other.cpuSeconds,
    memoryBytes: one.memoryBytes + other.memoryBytes,
    processes: one.processes + other.processes,
    ...addIfThere('readBytes', one, other),
    ...addIfThere('writtenBytes', one, other),
  };
}

function addIfThere<Name extends 'readBytes' | 'writtenBytes'>(name: Name, one: GroupUsage, other: GroupUsage) {
  const known = [one[name], other[name]].filter((value) => value !== undefined);
  return known.length === 0 ? {} : { [name]: known.reduce((sum, value) => sum + value, 0) };
}

function numberIn(text: string | undefined, pattern: RegExp): number | undefined {
  const found = pattern.exec(text ?? '')?.[1];
  return found === undefined ? undefined : Number(found);
}
