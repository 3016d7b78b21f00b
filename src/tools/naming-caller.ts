import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HomeostatError } from '../domain/failure.ts';

/**
 * What `check` gives. A coded error that it throws says, before its path, in which file and line `define` was called: its
 * author may have many. As it is where the stack does not tell.
 */
export function namingCaller<Checked>(define: (...given: never[]) => unknown, check: () => Checked): Checked {
  try {
    return check();
  } catch (error) {
    const place = error instanceof HomeostatError ? placeOfCall(define) : undefined;
    if (!(error instanceof HomeostatError) || place === undefined) throw error;
    throw error.at(`${place} ${error.path}`);
  }
}

function placeOfCall(define: (...given: never[]) => unknown): string | undefined {
  const trace: { stack?: string } = {};
  Error.captureStackTrace(trace, define);
  const caller = trace.stack?.split('\n')[1] ?? '';
  const [, file, line] = /(file:\/\/\S+|\/.+):(\d+):\d+\)?$/.exec(caller) ?? [];
  if (file === undefined) return undefined;
  return `${relative('', file.startsWith('file:') ? fileURLToPath(file) : file)}:${line}`;
}
