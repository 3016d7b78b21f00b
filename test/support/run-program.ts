import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TestServers } from './test-servers.ts';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const projectRoot = fileURLToPath(new URL('../../', import.meta.url));

/** Runs a program to its end and keeps what it wrote. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly environment?: NodeJS.ProcessEnv; readonly input?: string; readonly folder?: string } = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {
      cwd: options.folder ?? projectRoot,
      env: options.environment ?? process.env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.end(options.input ?? '');
  });
}

/** Variables that point a process at a test's servers. */
export function environmentOf(servers: TestServers, dataDir: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    HOMEOSTAT_DATA_DIR: dataDir,
    HOMEOSTAT_TEMPORAL_ADDRESS: servers.temporalAddress,
    HOMEOSTAT_ETCD_ENDPOINTS: servers.etcdEndpoints.join(','),
  };
}

/** `homeostat …` against a test's servers. */
export function runHomeostat(
  servers: TestServers,
  dataDir: string,
  args: readonly string[],
  input?: string,
): Promise<Finished> {
  return runProgram(process.execPath, ['src/cli/main.ts', ...args], {
    environment: environmentOf(servers, dataDir),
    ...(input === undefined ? {} : { input }),
  });
}
