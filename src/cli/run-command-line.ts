import { CommanderError } from 'commander';
import { toCodedErrors } from '../domain/failure.ts';
import { createProgram, readInvocation, type Invocation } from './program.ts';
import { formatErrors, toUsageError } from './format-errors.ts';

/** Exit codes people's scripts rely on. */
export const exitCodes = { done: 0, failed: 1, usage: 2, notInTime: 3 } as const;

/** Endings that commander reports as errors and that are none. */
const gracefulEndings = new Set(['commander.helpDisplayed', 'commander.version']);

/** Runs one command; prints what goes wrong to stderr and answers the exit code. Never throws. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const invocation = readInvocation(args);
  try {
    const program = await createProgram(invocation.commandName);
    if (args.length === 0) {
      program.outputHelp({ error: true });
      return exitCodes.usage;
    }
    await program.parseAsync([...args], { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    return reportFailure(error, invocation);
  }
}

function reportFailure(error: unknown, { output, commandName }: Invocation): number {
  if (!(error instanceof CommanderError)) {
    process.stderr.write(formatErrors(error, output));
    const coded = toCodedErrors(error);
    const isLate = coded.length > 0 && coded.every(({ code }) => code === 'WAIT_TIMED_OUT');
    return isLate ? exitCodes.notInTime : exitCodes.failed;
  }
  if (gracefulEndings.has(error.code) || (error.code === 'commander.help' && error.exitCode === 0))
    return exitCodes.done;
  if (error.code !== 'commander.help')
    process.stderr.write(formatErrors(toUsageError(error.message, commandName), output));
  return exitCodes.usage;
}
