import { existsSync, readFileSync } from 'node:fs';
import { isAlias, parseDocument, visit, type Document } from 'yaml';
import { describeThrown, HomeostatError, HomeostatErrors } from '../domain/failure.ts';
import { isJsonObject, type JsonObject } from '../domain/json.ts';
import { showLocation } from '../domain/text-location.ts';

const inQuotes = 'write the text in quotes';

/**
 * What stands in a configuration file. Adds to `errors` what YAML would pass over with a warning, and goes on. Throws
 * `NOT_FOUND`, `INVALID_CONFIG` for what cannot be read or is no map, `HomeostatErrors` with each `PARSE_ERROR`.
 */
export function readConfigFile(path: string, errors: HomeostatError[]): JsonObject {
  if (!existsSync(path)) {
    const remedy = 'name a file that is there, or none';
    throw new HomeostatError('NOT_FOUND', { path, problem: 'no such configuration file', remedy });
  }
  const text = readText(path);
  const document = parseDocument(text);
  const toParseError = (offset: number, problem: string, remedy: string) =>
    new HomeostatError('PARSE_ERROR', { path: showLocation(text, offset, path), problem, remedy });
  const faults = [
    ...document.errors.map(({ pos, message }) => toParseError(pos[0], plain(message), 'write valid YAML or JSON')),
    ...findLostAliases(document).map((offset) =>
      toParseError(offset, 'refers by * to an anchor that is not there', inQuotes),
    ),
  ];
  if (faults.length > 0) throw new HomeostatErrors([...errors, ...faults]);
  errors.push(
    ...document.warnings.map(({ code, pos, message }) =>
      // Neither is shown: it may be the beginning of a password.
      code === 'TAG_RESOLVE_FAILED'
        ? toParseError(pos[0], 'names by ! a tag that is not there', inQuotes)
        : toParseError(pos[0], plain(message), 'leave it out'),
    ),
  );
  const value = toValue(document, path);
  if (isJsonObject(value)) return value;
  throw new HomeostatError('INVALID_CONFIG', {
    path,
    problem: 'expected fields with values',
    got: value,
    remedy: 'write field: value; homeostat config lists the fields',
  });
}

/** Where `*word` stands without its anchor: most likely a text that wants quotes. */
function findLostAliases(document: Document): readonly number[] {
  const offsets: number[] = [];
  visit(document, (_, node) => {
    if (isAlias(node) && node.resolve(document) === undefined) offsets.push(node.range?.[0] ?? 0);
  });
  return offsets;
}

function toValue(document: Document, path: string): unknown {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    // Aliases by the thousand.
    throw new HomeostatError('PARSE_ERROR', {
      path,
      problem: describeThrown(error),
      remedy: 'write the values out',
      cause: error,
    });
  }
}

/** The library's message in our form: one line, lower case, no place at its end. */
function plain(message: string): string {
  const text = message.split('\n', 1)[0]!.replace(/ at line [0-9]+, column [0-9]+:?$/, '');
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new HomeostatError('INVALID_CONFIG', {
      path,
      problem: `cannot be read: ${(error as NodeJS.ErrnoException).code ?? describeThrown(error)}`,
      remedy: 'name a file that you may read',
      cause: error,
    });
  }
}
