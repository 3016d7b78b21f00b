import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestServers } from '../../test/support/test-servers.ts';

export interface WorkerProcess {
  readonly pid: number;
  readonly dataDir: string;
  /** Asks it to stop, and waits until it has. */
  stop(): Promise<void>;
}

export interface WorkerProcessOptions {
  readonly environment?: Readonly<Record<string, string>>;
}

const mains = { runtime: './runtime-main.ts', floor: '../floor/floor-main.ts' } as const;

/**
 * A runtime, or the floor's workers, as a process of its own against the servers of a section. Resolves when it can take
 * work; it ends when we do.
 */
export async function startWorkerProcess(
  servers: TestServers,
  program: keyof typeof mains,
  { environment = {} }: WorkerProcessOptions = {},
): Promise<WorkerProcess> {
  const dataDir = join(servers.folder, program);
  mkdirSync(dataDir, { recursive: true });
  const outputFile = join(dataDir, 'output.log');
  const output = openSync(outputFile, 'a');
  const child = spawn(process.execPath, [fileURLToPath(new URL(mains[program], import.meta.url))], {
    stdio: ['ignore', output, output, 'ipc'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      HOMEOSTAT_DATA_DIR: dataDir,
      HOMEOSTAT_TEMPORAL_ADDRESS: servers.temporalAddress,
      HOMEOSTAT_ETCD_ENDPOINTS: servers.etcdEndpoints.join(','),
      ...environment,
    },
  });
  closeSync(output);
  const ended = once(child, 'exit');
  const ready = await Promise.race([once(child, 'message'), ended.then(() => undefined)]);
  if (ready === undefined) throw new Error(`the ${program} ended at its start: ${readFileSync(outputFile, 'utf8')}`);
  return {
    pid: child.pid!,
    dataDir,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Called in such a process once it can take work. */
export function reportReady(stop: () => void): void {
  process.once('SIGTERM', stop);
  // Whoever measures us is gone.
  process.once('disconnect', () => process.exit(1));
  process.send?.('ready');
}
