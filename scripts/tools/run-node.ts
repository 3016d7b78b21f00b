import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const manifestSchema = z.object({ bin: z.union([z.string(), z.record(z.string(), z.string())]) });

/** The script behind a program of an installed package, so that it can be run by this very Node. */
export async function resolveProgram(packageName: string, program: string): Promise<string> {
  const file = join(ROOT, 'node_modules', packageName, 'package.json');
  const { bin } = manifestSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  const script = typeof bin === 'string' ? bin : bin[program];
  if (script === undefined) throw new Error(`package ${packageName} has no program ${program}`);
  return join(dirname(file), script);
}

export interface NodeRun {
  readonly code: number;
  /** Both streams, in the order they came; empty when they were shown. */
  readonly output: string;
}

/** At a terminal Ctrl-C reaches the child without us; we only must not end before it. */
function wait(): void {}

/** Runs a script by this Node in the root of the project. Signals that ask us to stop are passed on. */
export async function runNode(
  argv: readonly string[],
  options: { readonly environment?: NodeJS.ProcessEnv; readonly isShown: boolean },
): Promise<NodeRun> {
  const child = spawn(process.execPath, argv, {
    cwd: ROOT,
    env: options.environment ?? process.env,
    stdio: options.isShown ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  });
  const passOn = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGTERM', passOn).on('SIGHUP', passOn).on('SIGINT', wait);
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode) => resolve(exitCode ?? 1));
    });
    return { code, output };
  } finally {
    process.off('SIGTERM', passOn).off('SIGHUP', passOn).off('SIGINT', wait);
  }
}
