import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LOOPBACK, canConnect } from './ports.ts';
import { identifyProcess } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { serverEnvironment } from './server-environment.ts';
import { ServersError } from './servers-error.ts';
import type { ServerName } from './types.ts';

const LARGEST_LOG = 16 * 1024 * 1024;
const POLL_MS = 10;
const START_MS = 30_000;

export interface SpawnedServer {
  readonly identity: ProcessIdentity;
  readonly logFile: string;
  /** The exit as words, once it has ended. */
  exit(): string | undefined;
}

export const logFileOf = (dataDir: string, name: ServerName): string => join(dataDir, name, 'server.log');

/**
 * Starts a server in a process group of its own, so that Ctrl-C at the terminal reaches the runtime and not it, with its
 * output in a file, so that it outlives us. `argv` decides everything: settings in our environment are kept from it.
 */
export async function spawnServer(
  name: ServerName,
  binary: string,
  argv: readonly string[],
  dataDir: string,
): Promise<SpawnedServer> {
  const folder = join(dataDir, name);
  await mkdir(folder, { recursive: true });
  const logFile = logFileOf(dataDir, name);
  await rotate(logFile);
  const log = openSync(logFile, 'a');
  try {
    const child = spawn(binary, argv, {
      cwd: folder,
      detached: true,
      stdio: ['ignore', log, log],
      env: serverEnvironment(),
    });
    let exit: string | undefined;
    child.once('error', (error) => (exit = error.message));
    child.once('exit', (code, signal) => (exit = code === null ? `ended by ${signal}` : `exit code ${code}`));
    child.unref();
    const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
    if (identity !== undefined) return { identity, logFile, exit: () => exit };
    await new Promise((resolve) => setImmediate(resolve));
    throw await notStarted(name, exit ?? 'ended at once', logFile);
  } finally {
    closeSync(log);
  }
}

/** Waits until the server's port is open. Throws SERVER_NOT_STARTED with the end of its log when it ends instead. */
export async function waitUntilListening(
  name: ServerName,
  server: SpawnedServer,
  port: number,
  signal?: AbortSignal,
): Promise<void> {
  await waitUntil(name, server, async () => await canConnect(LOOPBACK, port, 1000), signal);
}

/** Polls `isReady` every 10 ms: clients that are refused once back off for a second, so nobody may dial before. */
export async function waitUntil(
  name: ServerName,
  server: SpawnedServer,
  isReady: () => Promise<boolean>,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + START_MS;
  for (;;) {
    signal?.throwIfAborted();
    const exit = server.exit();
    if (exit !== undefined) throw await notStarted(name, exit, server.logFile);
    if (await isReady()) return;
    if (performance.now() > deadline) throw await notStarted(name, `no answer in ${START_MS / 1000} s`, server.logFile);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function notStarted(name: ServerName, what: string, logFile: string): Promise<ServersError> {
  const log = await readFile(logFile, 'utf8').catch(() => '');
  const lines = log.trim().split('\n').slice(-5);
  const shown = lines.map((line) => (line.length > 400 ? `${line.slice(0, 400)} …` : line)).join('\n');
  return new ServersError('SERVER_NOT_STARTED', `${name}: ${what} — see ${logFile}, which ends with\n${shown}`);
}

async function rotate(logFile: string): Promise<void> {
  const size = await stat(logFile).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LARGEST_LOG) await rename(logFile, `${logFile}.1`);
}
