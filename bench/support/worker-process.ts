import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestServers } from '../../test/support/test-servers.ts';
import { loadWorkflowBundle } from '../../src/workers/workflow-bundle.ts';
import { bundleFloor } from '../floor/bundle-floor.ts';
import { nodeFlags } from './node-flags.ts';

export interface WorkerProcess {
  readonly pid: number;
  readonly dataDir: string;
  /** Asks it to stop, and waits until it has. */
  stop(): Promise<void>;
}

export interface WorkerProcessOptions {
  readonly environment?: Readonly<Record<string, string>>;
}

const programs = {
  runtime: { main: './runtime-main.ts', bundle: (dataDir: string) => loadWorkflowBundle(join(dataDir, 'cache')) },
  floor: { main: '../floor/floor-main.ts', bundle: bundleFloor },
} as const;

/**
 * A runtime, or the floor's workers, as a process of its own against the servers of a section. Its workflows were bundled
 * before: a bundler's memory is not what is measured. Resolves when it can take work; it ends when we do.
 */
export async function startWorkerProcess(
  servers: TestServers,
  program: keyof typeof programs,
  { environment = {} }: WorkerProcessOptions = {},
): Promise<WorkerProcess> {
  const { main, bundle } = programs[program];
  const dataDir = join(servers.folder, program);
  mkdirSync(dataDir, { recursive: true });
  await bundle(dataDir);
  const outputFile = join(dataDir, 'output.log');
  const output = openSync(outputFile, 'a');
  const child = spawn(process.execPath, [...nodeFlags, fileURLToPath(new URL(main, import.meta.url))], {
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
