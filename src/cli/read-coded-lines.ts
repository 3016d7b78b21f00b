import { HomeostatError, isFailureCode, type FailureCode } from '../domain/failure.ts';

const codedLine = /^([A-Z_]+) (.+?): (.*?)(?: — ((?:(?! — ).)*))?$/s;

/**
 * The coded errors that a message from a run is made of, `; ` between them; the message as the one problem, of the code and
 * path given, where it is prose. Runs keep what blocks them as text.
 */
export function readCodedLines(message: string, code: FailureCode, path: string): readonly HomeostatError[] {
  const errors = message.split(/; (?=[A-Z]+_[A-Z_]+ [^:]+: )/).map(readCodedLine);
  const read = errors.filter((error) => error !== undefined);
  return read.length === errors.length ? read : [new HomeostatError(code, { path, problem: message })];
}

function readCodedLine(line: string): HomeostatError | undefined {
  const [, code, path, problem, remedy] = codedLine.exec(line) ?? [];
  if (!isFailureCode(code) || path === undefined || problem === undefined) return undefined;
  return new HomeostatError(code, { path, problem, ...(remedy === undefined ? {} : { remedy }) });
}
