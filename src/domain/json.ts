import { HomeostatError } from './failure.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a value may hold before any schema looks at it: a recursive schema would overflow the stack first. */
export const jsonLimits = { depth: 32, items: 10_000, bytes: 256 * 1024 } as const;

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Refuses what no schema should ever see: nesting, item counts and sizes past {@link jsonLimits}, keys that JavaScript
 * treats specially, lone surrogates, numbers that JSON cannot hold. Walks with a stack of its own, never by recursion.
 */
export function checkJsonLimits(value: unknown, rootPath = '$'): void {
  const pending: { value: unknown; path: string; depth: number }[] = [{ value, path: rootPath, depth: 0 }];
  let items = 0;
  let characters = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { path, depth } = next;
    items += 1;
    if (items > jsonLimits.items) throw tooManyItems(rootPath);
    if (typeof next.value === 'string') {
      characters += next.value.length;
      checkText(next.value, path);
    } else if (typeof next.value === 'number' && !Number.isFinite(next.value)) {
      throw new HomeostatError('INVALID_NUMBER', { path, problem: 'not a number JSON can hold', got: `${next.value}` });
    } else if (typeof next.value === 'object' && next.value !== null) {
      if (depth >= jsonLimits.depth) {
        throw new HomeostatError('TOO_DEEP', { path: rootPath, problem: `nested deeper than ${jsonLimits.depth}` });
      }
      const keys = Object.keys(next.value);
      const isArray = Array.isArray(next.value);
      if (items + pending.length + keys.length > jsonLimits.items) throw tooManyItems(rootPath);
      for (const key of keys) {
        const childPath = childPathOf(path, key, isArray);
        if (forbiddenKeys.has(key)) {
          throw new HomeostatError('FORBIDDEN_KEY', {
            path: childPath,
            problem: 'this key is not allowed',
            remedy: 'rename it',
          });
        }
        if (!isArray) characters += key.length;
        checkText(key, childPath);
        pending.push({ value: (next.value as Record<string, unknown>)[key], path: childPath, depth: depth + 1 });
      }
    }
    if (characters > jsonLimits.bytes) {
      throw new HomeostatError('TOO_LARGE', { path: rootPath, problem: `larger than ${jsonLimits.bytes / 1024} KiB` });
    }
  }
}

function tooManyItems(path: string): HomeostatError {
  return new HomeostatError('TOO_MANY_ITEMS', {
    path,
    problem: `more than ${jsonLimits.items} values`,
    remedy: 'split the resource',
  });
}

function childPathOf(path: string, key: string, inArray: boolean): string {
  if (inArray) return `${path}[${key}]`;
  return path === '$' ? key : `${path}.${key}`;
}

function checkText(text: string, path: string): void {
  if (!text.isWellFormed()) {
    throw new HomeostatError('INVALID_UNICODE', { path, problem: 'holds a lone surrogate', got: text });
  }
}
