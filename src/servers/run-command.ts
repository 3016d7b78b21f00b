import { spawn } from 'node:child_process';
import { ServersError } from './servers-error.ts';

export interface CommandOptions {
  readonly cwd?: string;
  /** The whole environment of the program; without it, ours. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number;
}

/** Enough to hold any message worth showing, and a bound on what a chatty compiler can make us keep. */
const KEPT_CHARACTERS = 16_384;

/**
 * Runs a program without a shell and gives back what it printed (the last 16 KiB of each stream).
 * Throws COMMAND_FAILED with the end of its output when it cannot be run, fails or takes too long.
 */
export async function runCommand(
  command: string,
  argv: readonly string[],
  options: CommandOptions = {},
): Promise<{ stdout: string; stderr: string }> {
  const child = spawn(command, argv, {
    cwd: options.cwd,
    env: options.environment ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout = (stdout + chunk).slice(-KEPT_CHARACTERS)));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr = (stderr + chunk).slice(-KEPT_CHARACTERS)));

  let isTimedOut = false;
  const timer = setTimeout(() => {
    isTimedOut = true;
    child.kill('SIGKILL');
  }, options.timeoutMs ?? 600_000);
  const ended = await new Promise<{ code: number | null; signal: string | null } | Error>((resolve) => {
    child.once('error', resolve);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  clearTimeout(timer);

  if (!(ended instanceof Error) && ended.code === 0) return { stdout, stderr };
  throw new ServersError(
    'COMMAND_FAILED',
    `${command} ${argv[0] ?? ''}: ${describeFailure(ended, isTimedOut, options.timeoutMs)}${tail(stderr || stdout)}`,
  );
}

function describeFailure(
  ended: { code: number | null; signal: string | null } | Error,
  isTimedOut: boolean,
  timeoutMs?: number,
): string {
  if (ended instanceof Error) return `cannot be run (${ended.message})`;
  if (isTimedOut) return `took longer than ${(timeoutMs ?? 0) / 1000} s and was ended`;
  return ended.code === null ? `ended by ${ended.signal}` : `exit code ${ended.code}`;
}

function tail(output: string): string {
  const lines = output.trim().split('\n').slice(-8).join('\n');
  return lines === '' ? '' : `\n${lines}`;
}
