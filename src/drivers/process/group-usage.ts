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

/** The unit of times in `/proc`, `USER_HZ`: part of Linux' promise to programs, and 100 on every machine Node runs on. */
const ticksPerSecond = 100;
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
      const group = toFields(await read(`${pid}/stat`))?.[2];
      if (group !== undefined) members.set(Number(group), [...(members.get(Number(group)) ?? []), pid]);
    }
    return members;
  };
  const measure = async (pid: number, group: number): Promise<GroupUsage | undefined> => {
    const [stat, status, io] = await Promise.all([read(`${pid}/stat`), read(`${pid}/status`), read(`${pid}/io`)]);
    const fields = toFields(stat);
    // A number that was used again for somebody else's process.
    if (fields === undefined || Number(fields[2]) !== group) return undefined;
    // utime, stime, and the same of children that were waited for.
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0);
    const kibibytes = Number(/^VmRSS:\s+([0-9]+) kB$/m.exec(status ?? '')?.[1] ?? 0);
    const readBytes = numberIn(io, /^read_bytes: ([0-9]+)$/m);
    const writtenBytes = numberIn(io, /^write_bytes: ([0-9]+)$/m);
    return {
      cpuSeconds: ticks / ticksPerSecond,
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

/** The fields of a `stat` behind the name, which may hold spaces and parentheses: state, parent, group, … */
function toFields(stat: string | undefined): readonly string[] | undefined {
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}
