import type { z } from 'zod';
import { HomeostatError, type FailureCode } from './failure.ts';
import { closestOf } from './closest.ts';

/**
 * Turns what zod found into coded errors with the path of the fault, one an issue: the single place where schema faults
 * become words for people. `value` is what was parsed, `schema` serves for "did you mean".
 */
export function toFieldErrors(error: z.ZodError, value: unknown, schema?: z.ZodType, root = ''): HomeostatError[] {
  return error.issues.flatMap((issue) => toErrors(issue, value, schema, root));
}

function toErrors(
  issue: z.core.$ZodIssue,
  value: unknown,
  schema: z.ZodType | undefined,
  root: string,
): HomeostatError[] {
  const path = showPath(issue.path, root);
  const got = valueAt(value, issue.path);
  if (issue.code === 'unrecognized_keys') {
    const known = schema === undefined ? [] : fieldsAt(schema, issue.path);
    return issue.keys.map((key) => {
      const meant = closestOf(key, known);
      return new HomeostatError('UNKNOWN_FIELD', {
        path: showPath([...issue.path, key], root),
        problem: 'no such field',
        remedy:
          meant === undefined
            ? known.length > 0
              ? `use one of ${known.join(', ')}`
              : 'remove it'
            : `did you mean ${meant}?`,
      });
    });
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const nearest = issue.errors.toSorted((left, right) => left.length - right.length)[0]!;
    return nearest.flatMap((inner) =>
      toErrors({ ...inner, path: [...issue.path, ...inner.path] }, value, schema, root),
    );
  }
  if (issue.code === 'invalid_key') {
    // What is wrong is the key; its value may be a secret and is not shown.
    return [
      new HomeostatError('INVALID_VALUE', { path, problem: lowerFirst(issue.issues[0]?.message ?? 'is no valid key') }),
    ];
  }
  if (got === undefined) {
    return [new HomeostatError('MISSING_FIELD', { path, problem: 'is required', remedy: 'add it' })];
  }
  return [new HomeostatError(codeOf(issue), { path, problem: lowerFirst(issue.message), got })];
}

function codeOf(issue: z.core.$ZodIssue): FailureCode {
  if (issue.code === 'invalid_type' && issue.path.length === 0) return 'INVALID_BODY';
  if (issue.code === 'invalid_type' && ['number', 'int'].includes(issue.expected)) return 'INVALID_NUMBER';
  if ((issue.code === 'too_big' || issue.code === 'too_small') && ['number', 'int'].includes(issue.origin)) {
    return 'INVALID_NUMBER';
  }
  if (issue.code === 'too_big' && issue.origin === 'array') return 'TOO_MANY_ITEMS';
  return 'INVALID_VALUE';
}

/** `spec.ports[0].port`; `$` for the whole value. */
export function showPath(path: readonly PropertyKey[], root = ''): string {
  let text = root;
  for (const part of path) {
    text += typeof part === 'number' ? `[${part}]` : `${text === '' ? '' : '.'}${String(part)}`;
  }
  return text === '' ? '$' : text;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null) return undefined;
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
