import type { z } from 'zod';
import { HomeostatError } from './failure.ts';
import {
  badKey,
  doesNotFit,
  missingField,
  notOneOf,
  oneEach,
  outOfRange,
  toBound,
  tooManyItems,
  unknownField,
  wrongFormat,
  wrongLength,
  wrongType,
} from './field-errors.ts';

/**
 * Turns what zod found into coded errors with the path of the fault, one an issue: the single place where schema faults
 * become words for people. `value` is what was parsed, `schema` serves for "did you mean".
 */
export function toFieldErrors(error: z.ZodError, value: unknown, schema?: z.ZodType, root = ''): HomeostatError[] {
  return oneEach(error.issues.flatMap((issue) => toErrors(issue, value, schema, root)));
}

function toErrors(
  issue: z.core.$ZodIssue,
  value: unknown,
  schema: z.ZodType | undefined,
  root: string,
): HomeostatError[] {
  const path = showPath(issue.path, root);
  const got = valueAt(value, issue.path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = schema === undefined ? [] : fieldsAt(schema, issue.path);
      return issue.keys.map((key) => unknownField(showPath([...issue.path, key], root), key, known));
    }
    case 'invalid_union': {
      if (got === undefined) return [missingField(path)];
      if (issue.errors.length === 0) return [notOneOf(path, 'options' in issue ? (issue.options ?? []) : [], got)];
      const meant = meantBranch(issue.errors);
      if (meant === undefined) return [wrongType(path, issue.errors.flatMap(expectedTypes), got)];
      return meant.flatMap((inner) =>
        toErrors({ ...inner, path: [...issue.path, ...inner.path] }, value, schema, root),
      );
    }
    case 'invalid_key':
      return [badKey(path, lowerFirst(issue.issues[0]?.message ?? 'does not fit'))];
    default:
      return [got === undefined ? missingField(path) : toError(issue, path, got)];
  }
}

function toError(issue: z.core.$ZodIssue, path: string, got: unknown): HomeostatError {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.path.length > 0) return wrongType(path, [issue.expected], got);
      return new HomeostatError('INVALID_BODY', { path, problem: 'expected an object', got, remedy: 'write fields' });
    case 'too_small':
    case 'too_big': {
      const isSmall = issue.code === 'too_small';
      const limit = Number(isSmall ? issue.minimum : issue.maximum);
      const bound = toBound(isSmall ? 'least' : 'most', limit, issue.inclusive === false);
      if (['number', 'int', 'bigint'].includes(issue.origin)) return outOfRange(path, bound, got);
      if (issue.origin === 'array' && !isSmall) return tooManyItems(path, limit);
      return wrongLength(path, bound, issue.origin === 'array' ? 'items' : 'characters', got);
    }
    case 'not_multiple_of':
      return outOfRange(path, `a multiple of ${issue.divisor}`, got);
    case 'invalid_value':
      return notOneOf(path, issue.values, got);
    case 'invalid_format':
      return wrongFormat(path, issue.format, lowerFirst(issue.message), got);
    default:
      return doesNotFit(path, lowerFirst(issue.message), got);
  }
}

/** Of a union the branch that was meant: one whose type fits, with the fewest faults. None: no branch is of this type. */
function meantBranch(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  return branches
    .filter((issues) => expectedTypes(issues).length === 0)
    .toSorted((left, right) => left.length - right.length)[0];
}

/** The types that issues would have liked in place of the whole value. */
function expectedTypes(issues: readonly z.core.$ZodIssue[]): readonly string[] {
  return issues.flatMap((issue) => (issue.code === 'invalid_type' && issue.path.length === 0 ? [issue.expected] : []));
}

/** `spec.ports[0].port`; `$` for the whole value. */
export function showPath(path: readonly PropertyKey[], root = ''): string {
  let text = root;
  for (const part of path) {
    text += typeof part === 'number' ? `[${part}]` : `${text === '' ? '' : '.'}${String(part)}`;
  }
  return text === '' ? '$' : text;
}

/** Where one text stands for a list or for an object, as in a variable, that text. */
function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const part of path) {
    if (current === undefined || current === null) return undefined;
    if (typeof current !== 'object') return current;
    current = (current as Record<PropertyKey, unknown>)[part];
  }
  return current;
}

/** The field names an object schema has at a path; empty where there is no object. */
function fieldsAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let current: unknown = schema;
  for (const part of path) {
    current = typeof part === 'number' ? unwrap(current)?.element : unwrap(current)?.shape?.[String(part)];
  }
  const parts = unwrap(current);
  const shapes = [parts, ...(parts?.options ?? []).map(unwrap)].flatMap((one) => Object.keys(one?.shape ?? {}));
  return [...new Set(shapes)];
}

interface SchemaParts {
  readonly shape?: Record<string, unknown>;
  readonly element?: unknown;
  /** Alternatives of a union: any of their fields may have been meant. */
  readonly options?: readonly unknown[];
}

function unwrap(schema: unknown): SchemaParts | undefined {
  let current = schema as (SchemaParts & { unwrap?: () => unknown }) | undefined;
  while (current?.shape === undefined && current?.element === undefined && typeof current?.unwrap === 'function') {
    current = current.unwrap() as typeof current;
  }
  return current;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
