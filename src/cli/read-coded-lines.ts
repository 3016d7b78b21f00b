import { HomeostatError, isFailureCode, type FailureCode } from '../domain/failure.ts';

const codedLine = /^([A-Z_]+) (.+?): (.*?)(?: — ((?:(?! — ).)*))?$/s;

/**
 * The coded errors that a message from a run is made of, `; ` between them; the message as the one problem, of the code and
 * path given, where it is prose. Runs keep what blocks them as text.
 */
export function readCodedLines(message: string, code: FailureCode, path: string): readonly HomeostatError[] {
  const errors = splitLines(message).map(readCodedLine);
  const read = errors.filter((error) => error !== undefined);
  return read.length === errors.length ? read : [new HomeostatError(code, { path, problem: message })];
}

/** Problems and remedies may hold a `; ` too: a line begins where a code of ours does. */
function splitLines(message: string): readonly string[] {
  const lines: string[] = [];
  let from = 0;
  for (const { index, 1: code } of message.matchAll(/; (?=([A-Z_]+) [^:]+: )/g)) {
    if (!isFailureCode(code)) continue;
    lines.push(message.slice(from, index));
    from = index + '; '.length;
  }
  return [...lines, message.slice(from)];
}

function readCodedLine(line: string): HomeostatError | undefined {
  const [, code, path, problem, remedy] = codedLine.exec(line) ?? [];
  if (!isFailureCode(code) || path === undefined || problem === undefined) return undefined;
  return new HomeostatError(code, { path, problem, ...(remedy === undefined ? {} : { remedy }) });
}
