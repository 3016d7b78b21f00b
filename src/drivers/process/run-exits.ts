import type { ChildProcess } from 'node:child_process';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { exitFileName } from './leftovers.ts';

/** 0 to 255, or 128 and the number of the signal that ended it, as shells count. */
type ExitCode = number;

type RunId = { readonly pid: number; readonly startTime: string };

/**
 * How runs ended, as far as a runtime was their parent to learn it. Noted beside the chain, not in it: it is a finding,
 * not an effect, and names its run by pid and start time.
 */
export interface RunExits {
  /** Takes note when this child, which became the run, ends. */
  watch(child: ChildProcess, run: RunId, folder: string): void;
  /** Waits until the end of a run that was started here is noted; returns at once for all others. Call only after its end. */
  settled(run: RunId): Promise<void>;
  codeOf(run: RunId, folder: string): Promise<ExitCode | 'unknown'>;
}

export function createRunExits(): RunExits {
  const pending = new Map<string, Promise<void>>();
  return {
    watch(child, run, folder) {
      const noted = waitForExit(child)
        .then((code) => noteExit(folder, run, code))
        .finally(() => pending.delete(keyOf(run)));
      pending.set(keyOf(run), noted);
    },
    async settled(run) {
      await pending.get(keyOf(run));
    },
    async codeOf(run, folder) {
      await pending.get(keyOf(run));
      return readExit(folder, run);
    },
  };
}

function toExitCode(code: number | null, signal: NodeJS.Signals | null): ExitCode {
  if (code !== null) return code;
  return 128 + (signal === null ? 0 : constants.signals[signal]);
}

function waitForExit(child: ChildProcess): Promise<ExitCode> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve(toExitCode(child.exitCode, child.signalCode));
  }
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(toExitCode(code, signal))));
}

async function noteExit(folder: string, run: RunId, code: ExitCode): Promise<void> {
  const file = join(folder, exitFileName(run));
  try {
    await writeFile(`${file}.new`, JSON.stringify({ code }), { mode: 0o600 });
    await rename(`${file}.new`, file);
  } catch {
    // The instance is gone, or the disk is full: then the code stays unknown, which is always a true answer.
  }
}

async function readExit(folder: string, run: RunId): Promise<ExitCode | 'unknown'> {
  try {
    const { code } = JSON.parse(await readFile(join(folder, exitFileName(run)), 'utf8')) as { code: unknown };
    return typeof code === 'number' ? code : 'unknown';
  } catch {
    return 'unknown';
  }
}

function keyOf({ pid, startTime }: RunId): string {
  return `${pid} ${startTime}`;
}
