import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { createGroupUsage, type GroupUsage } from './group-usage.ts';
import { listListeningPorts, parseLsof } from './listening-ports.ts';
import { parseProcessStat } from './process-stat.ts';

/** A process as the host sees it now. */
export interface HostProcess {
  readonly pid: number;
  readonly group: number;
  /** In the host's own unit; with pid and boot id it names one process and no other. */
  readonly startTime: string;
  /** Over, and only waiting for its parent to take note. */
  readonly isZombie: boolean;
}

/**
 * What the driver asks the operating system about processes, and the only place that knows which system it is. Nothing
 * here changes anything.
 */
export interface HostProcesses {
  /** Differs after each boot of the machine. */
  bootId(): Promise<string>;
  find(pid: number): Promise<HostProcess | undefined>;
  /** Processes of a group that have not ended. */
  listGroup(group: number): Promise<readonly HostProcess[]>;
  /** Whether the process was started with `NAME=value` in its environment; false where that cannot be seen. */
  hasVariable(pid: number, entry: string): Promise<boolean>;
  /** The folder it is in, and the files its output goes to; none of what cannot be seen. */
  placesOf(pid: number): Promise<readonly string[]>;
  /** Its arguments, undefined when it is ending or gone. */
  commandLine(pid: number): Promise<string | undefined>;
  /** TCP ports the processes of a group listen on, as far as they let us see. */
  listeningPorts(group: number): Promise<readonly number[]>;
  /** What the processes of a group use together; undefined without any. Absent where the system does not tell cheaply. */
  usageOf?(group: number): Promise<GroupUsage | undefined>;
}

export function createHostProcesses(platform: NodeJS.Platform = process.platform): HostProcesses {
  return platform === 'linux' ? createLinuxProcesses() : createDarwinProcesses();
}

/** Reads `/proc`. The root is a parameter for tests. */
export function createLinuxProcesses(root = '/proc'): HostProcesses {
  const read = async (path: string): Promise<string | undefined> => {
    try {
      return await readFile(`${root}/${path}`, 'utf8');
    } catch (error) {
      // ESRCH: it ended between open and read. EACCES: another user's process, which is never ours.
      if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw error;
    }
  };
  const find = async (pid: number): Promise<HostProcess | undefined> => {
    const stat = await read(`${pid}/stat`);
    return stat === undefined ? undefined : toHostProcess(pid, stat);
  };
  const listGroup = async (group: number): Promise<readonly HostProcess[]> => {
    if (!isGroupThere(group)) return [];
    const pids = (await readdir(root)).filter(isPid).map(Number);
    const found = await Promise.all(pids.map(find));
    return found.filter((entry): entry is HostProcess => entry?.group === group && !entry.isZombie);
  };
  return {
    async bootId() {
      const id = await read('sys/kernel/random/boot_id');
      if (id === undefined) throw new Error('cannot read the boot id of this machine: is /proc mounted?');
      return id.trim();
    },
    find,
    listGroup,
    async hasVariable(pid, entry) {
      return (await read(`${pid}/environ`))?.split('\0').includes(entry) ?? false;
    },
    async placesOf(pid) {
      const links = ['cwd', 'fd/1', 'fd/2'].map((name) => readlink(`${root}/${pid}/${name}`).catch(() => []));
      return (await Promise.all(links)).flat();
    },
    async commandLine(pid) {
      const line = await read(`${pid}/cmdline`);
      return line === undefined || line === '' ? undefined : line.replaceAll('\0', ' ').trimEnd();
    },
    async listeningPorts(group) {
      return listListeningPorts(
        root,
        (await listGroup(group)).map(({ pid }) => pid),
      );
    },
    usageOf: createGroupUsage({ read, listPids: async () => (await readdir(root)).filter(isPid).map(Number) }),
  };
}

function isPid(name: string): boolean {
  return /^[0-9]+$/.test(name);
}

/** A state is the first thread's: its process is over, and its ports free, when no other thread is left. */
function toHostProcess(pid: number, text: string): HostProcess | undefined {
  const stat = parseProcessStat(text);
  if (stat === undefined) return undefined;
  const { state, group, threads, startTime } = stat;
  return { pid, group, startTime, isZombie: (state === 'Z' || state === 'X') && threads <= 1 };
}

/** Signal 0 reaches nobody: it only asks whether there is a group at all, which saves reading all processes. */
function isGroupThere(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

const run = promisify(execFile);

/** macOS, by `ps` and `sysctl`. Written from their manuals; nobody has tried it on a Mac yet. */
function createDarwinProcesses(): HostProcesses {
  const list = async (program: 'ps' | 'lsof', ...args: string[]): Promise<string> => {
    try {
      return (await run(program, args, { env: { ...process.env, LC_ALL: 'C' } })).stdout;
    } catch (error) {
      // How both say that there is no such process.
      if ((error as { code?: unknown }).code === 1) return '';
      throw error;
    }
  };
  const ps = (...args: string[]): Promise<string> => list('ps', ...args);
  const columns = ['-o', 'pid=,pgid=,stat=,lstart='];
  return {
    async bootId() {
      return (await run('sysctl', ['-n', 'kern.bootsessionuuid'])).stdout.trim();
    },
    async find(pid) {
      return parsePs(await ps(...columns, '-p', String(pid)))[0];
    },
    async listGroup(group) {
      if (!isGroupThere(group)) return [];
      return parsePs(await ps('-A', ...columns)).filter((entry) => entry.group === group && !entry.isZombie);
    },
    async hasVariable(pid, entry) {
      return (await ps('-E', '-ww', '-o', 'command=', '-p', String(pid))).split(/\s/).includes(entry);
    },
    async placesOf(pid) {
      const lines = (await list('lsof', '-a', '-p', String(pid), '-d', 'cwd,1,2', '-Fn')).split('\n');
      return lines.filter((line) => line.startsWith('n')).map((line) => line.slice(1));
    },
    async commandLine(pid) {
      const line = (await ps('-ww', '-o', 'command=', '-p', String(pid))).trim();
      return line === '' || line.startsWith('(') ? undefined : line;
    },
    async listeningPorts(group) {
      return parseLsof(await list('lsof', '-a', '-g', String(group), '-iTCP', '-sTCP:LISTEN', '-nP', '-Fn'));
    },
  };
}

export function parsePs(output: string): HostProcess[] {
  return output.split('\n').flatMap((line) => {
    const [pid, group, state, ...started] = line.trim().split(/\s+/);
    if (pid === undefined || group === undefined || state === undefined || started.length === 0) return [];
    return [{ pid: Number(pid), group: Number(group), startTime: started.join(' '), isZombie: state.startsWith('Z') }];
  });
}
