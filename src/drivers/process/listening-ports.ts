import { readdir, readFile, readlink } from 'node:fs/promises';

/** The state of a socket that listens, in `/proc/net/tcp`. */
const listening = '0A';

/** The TCP ports that processes listen on, by what `root` (`/proc`) shows of them; those of one that hides are left out. */
export async function listListeningPorts(root: string, pids: readonly number[]): Promise<number[]> {
  const sockets = new Set((await Promise.all(pids.map((pid) => listSockets(`${root}/${pid}/fd`)))).flat());
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`${root}/net/${name}`, 'utf8').catch(() => '')),
  );
  // Columns: number, local address, remote address, state, …, and the inode in the tenth.
  const rows = tables.flatMap((table) => table.split('\n')).map((row) => row.trim().split(/\s+/));
  return rows
    .filter(([, , , state, , , , , , inode]) => state === listening && inode !== undefined && sockets.has(inode))
    .map(([, local = '']) => Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16));
}

/** Inodes of the sockets among a process's open files; none of one that has ended, or is not ours to look into. */
async function listSockets(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const targets = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
  return targets.flatMap((target) => /^socket:\[([0-9]+)\]$/.exec(target)?.[1] ?? []);
}

/** The ports in what `lsof -F n` prints of sockets that listen. */
export function parseLsof(output: string): number[] {
  return output
    .split('\n')
    .flatMap((line) => /^n.*:([0-9]+)$/.exec(line)?.[1] ?? [])
    .map(Number);
}
