import { vi } from 'vitest';
import { runCommandLine } from '../../src/cli/run-command-line.ts';
import type { Finished } from './run-program.ts';

/**
 * `homeostat …` in this very process, which costs a tenth of a second and not a whole one; one at a time. What a process
 * of its own adds is for `runHomeostat`.
 */
export async function runInProcess(environment: NodeJS.ProcessEnv, args: readonly string[]): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => (stdout += String(text)) !== ''),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => (stderr += String(text)) !== ''),
  ];
  const foreign = Object.keys(process.env).filter((name) =>
    /^(HOMEOSTAT|TEMPORAL|OTEL|ANTHROPIC|OPENAI|OLLAMA)_/.test(name),
  );
  for (const name of foreign) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  try {
    const code = await runCommandLine(args);
    return { code: code === 0 ? Number(process.exitCode ?? 0) : code, stdout, stderr };
  } finally {
    process.exitCode = undefined;
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
  }
}
