import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newestStart, readNotes, type Note } from '../stage/notes.ts';
import { findProcess, readMegabytes } from '../stage/process-table.ts';
import type { WatchedService } from './verdict.ts';

/** A customer who waits longer goes away. */
const customerMs = 1_800;

/** One service, seen once from outside. */
export interface Look {
  /** Undefined: it is as customers may expect. */
  readonly problem: string | undefined;
  readonly starts: readonly Note[];
  readonly newest: Note | undefined;
  /** Its processes that are there, by pid and start time; copies by hand left out. */
  readonly alive: readonly string[];
  /** Digest of each watched file below the folder it works in. */
  readonly files: Readonly<Record<string, string>>;
  readonly orders: string;
}

/** Looks at a service as a customer and as a bystander on its machine: HTTP, process table, its notes, files. */
export async function lookAt(service: WatchedService): Promise<Look> {
  const starts = readNotes(service.notesFolder).filter(({ type, by }) => type === 'start' && by === 'keeper');
  const newest = newestStart(service.notesFolder);
  const alive = starts.flatMap(({ pid }) => findProcess(pid) ?? []);
  const problem = service.isStopped
    ? alive.length === 0
      ? undefined
      : 'it runs, and was to be stopped'
    : await findProblem(service, newest);
  const digests = service.files.map((file) => [file, newest === undefined ? 'none' : digest(join(newest.cwd, file))]);
  return {
    problem,
    starts,
    newest,
    alive: [...new Set(alive)],
    files: Object.fromEntries(digests) as Record<string, string>,
    orders: digest(service.ordersFile),
  };
}

async function findProblem(
  { port, greeting, maximumMegabytes = Infinity }: WatchedService,
  newest: Note | undefined,
): Promise<string | undefined> {
  try {
    for (const path of ['/healthz', '/']) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(customerMs) });
      const body = (await response.json().catch(() => ({}))) as { greeting?: unknown; problem?: unknown };
      if (response.status !== 200) return `${path} is answered with ${response.status} ${JSON.stringify(body.problem)}`;
      if (path === '/' && body.greeting !== greeting) return `it says ${JSON.stringify(body.greeting)}`;
    }
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } };
    return `no answer: ${cause?.code ?? name}`;
  }
  const megabytes = newest === undefined ? undefined : readMegabytes(newest.pid);
  if (megabytes !== undefined && megabytes > maximumMegabytes) return `more than ${maximumMegabytes} MB in memory`;
  return undefined;
}

function digest(file: string): string {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unreadable';
  }
}
