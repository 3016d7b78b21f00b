import { didYouMean } from './closest.ts';
import { HomeostatError, type FailureCode } from './failure.ts';
import { ownValue } from './own-value.ts';

/**
 * The words for a field that does not fit its schema. Whatever judged it, zod in the runtime or a JSON Schema validator
 * at a door, a person reads the same code, path and remedy.
 */

const typeWords: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};
const numberTypes = new Set(['integer', 'int', 'number']);

export function unknownField(path: string, field: string, known: readonly string[]): HomeostatError {
  return new HomeostatError('UNKNOWN_FIELD', {
    path,
    problem: 'no such field',
    remedy: toRemedy(field, known, 'use one of') ?? 'remove it',
  });
}

export function missingField(path: string): HomeostatError {
  return new HomeostatError('MISSING_FIELD', { path, problem: 'is required', remedy: 'add it' });
}

/** `types` in the words of JSON Schema or of zod. */
export function wrongType(path: string, types: readonly string[], got: unknown): HomeostatError {
  const words = [...new Set(types.map((type) => typeWords[type] ?? type))].join(' or ');
  return new HomeostatError(types.every((type) => numberTypes.has(type)) ? 'INVALID_NUMBER' : 'INVALID_VALUE', {
    path,
    problem: `expected ${words}`,
    got,
    remedy: `write ${words}`,
  });
}

/** `at least 0`, `more than 0`. */
export function toBound(side: 'least' | 'most', limit: number, exclusive = false): string {
  if (!exclusive) return `at ${side} ${limit}`;
  return `${side === 'least' ? 'more' : 'less'} than ${limit}`;
}

/** `bound` as {@link toBound} says it. */
export function outOfRange(path: string, bound: string, got: unknown): HomeostatError {
  return new HomeostatError('INVALID_NUMBER', {
    path,
    problem: `must be ${bound}`,
    got,
    remedy: `choose a number that is ${bound}`,
  });
}

export function tooManyItems(path: string, limit: number): HomeostatError {
  return new HomeostatError('TOO_MANY_ITEMS', { path, problem: `more than ${limit}`, remedy: `keep at most ${limit}` });
}

/** `unit` such as `characters`. */
export function wrongLength(path: string, bound: string, unit: string, got: unknown): HomeostatError {
  return new HomeostatError('INVALID_VALUE', {
    path,
    problem: `must have ${bound} ${unit}`,
    got,
    remedy: `write ${bound}`,
  });
}

export function notOneOf(path: string, allowed: readonly unknown[], got: unknown): HomeostatError {
  const remedy = toRemedy(typeof got === 'string' ? got : '', allowed.map(String), 'choose one of');
  return new HomeostatError('INVALID_VALUE', {
    path,
    problem: 'not one of the values',
    got,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** Where the schema says no more than that it does not fit; `problem` in its own words. */
export function doesNotFit(path: string, problem: string, got?: unknown): HomeostatError {
  return new HomeostatError('INVALID_VALUE', { path, problem, got, remedy: 'change it so that it fits' });
}

interface TextFormat {
  readonly code: FailureCode;
  readonly words: string;
  readonly example: string;
}

const dateTime: TextFormat = {
  code: 'INVALID_DATE',
  words: 'a date and time of the calendar',
  example: '2026-02-28T12:00:00Z',
};
const textFormats: Readonly<Record<string, TextFormat>> = {
  date: { code: 'INVALID_DATE', words: 'a date of the calendar', example: '2026-02-28' },
  datetime: dateTime,
  'date-time': dateTime,
  duration: { code: 'INVALID_DURATION', words: 'a duration of ISO 8601', example: 'PT30S' },
  cron: { code: 'INVALID_CRON', words: 'a schedule of cron', example: '"0 3 * * *"' },
};

/**
 * A text that is not of its format, by the format's name in JSON Schema or in zod; `problem` serves for formats that have
 * no code of their own.
 */
export function wrongFormat(path: string, format: unknown, problem: string, got: unknown): HomeostatError {
  const known = typeof format === 'string' ? ownValue(textFormats, format) : undefined;
  if (known === undefined) return doesNotFit(path, problem, got);
  const { code, words, example } = known;
  return new HomeostatError(code, {
    path,
    problem: `not ${words}`,
    got,
    remedy: `write ${words}, such as ${example}`,
  });
}

/** A key that somebody chose. What stands below it may be a secret and is not shown. */
export function badKey(path: string, problem: string): HomeostatError {
  return new HomeostatError('INVALID_VALUE', { path, problem: `the name ${problem}`, remedy: 'choose another name' });
}

/** Of several faults with one code at one place the first: that the type is wrong says enough. */
export function oneEach(errors: readonly HomeostatError[]): HomeostatError[] {
  const first = new Map<string, HomeostatError>();
  for (const error of errors) {
    const place = `${error.code} ${error.path}`;
    if (!first.has(place)) first.set(place, error);
  }
  return [...first.values()];
}

function toRemedy(word: string, candidates: readonly string[], otherwise: string): string | undefined {
  return candidates.length === 0 ? undefined : didYouMean(word, candidates, `${otherwise} ${candidates.join(', ')}`);
}
