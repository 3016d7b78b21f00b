import { HomeostatError } from '../domain/failure.ts';

/** The same error about one of several inputs: its path tells which. */
export function relocateError(error: HomeostatError, where: string): HomeostatError {
  const { code, path, problem, remedy, message } = error;
  // What was found stands in the message alone, between the problem and the remedy.
  const end = remedy === undefined ? message.length : message.length - ` — ${remedy}`.length;
  const found = message.slice(`${code} ${path}: ${problem}`.length, end);
  return new HomeostatError(code, {
    path: path === '$' ? where : `${where} ${path}`,
    problem: `${problem}${found}`,
    ...(remedy === undefined ? {} : { remedy }),
    cause: error,
  });
}
