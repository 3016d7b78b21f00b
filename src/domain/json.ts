import { HomeostatError } from './failure.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a value may hold before any schema looks at it: a recursive schema would overflow the stack first. */
export const jsonLimits: JsonLimits = { depth: 32, items: 10_000, bytes: 256 * 1024 };

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

export interface JsonLimits {
  readonly depth: number;
  readonly items: number;
  readonly bytes: number;
}

/**
 * Refuses what no schema should ever see: nesting, item counts and sizes past the limits, keys that JavaScript
 * treats specially, lone surrogates, numbers that JSON cannot hold. Walks with a stack of its own, never by recursion.
 */
export function checkJsonLimits(value: unknown, rootPath = '$', limits: JsonLimits = jsonLimits): void {
  const pending: { value: unknown; path: string; depth: number }[] = [{ value, path: rootPath, depth: 0 }];
  let items = 0;
  let characters = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { path, depth } = next;
    items += 1;
    if (items > limits.items) throw tooManyItems(rootPath, limits);
    if (typeof next.value === 'string') {
      characters += next.value.length;
      checkText(next.value, path);
    } else if (typeof next.value === 'number' && !Number.isFinite(next.value)) {
      throw new HomeostatError('INVALID_NUMBER', { path, problem: 'not a number JSON can hold', got: `${next.value}` });
    } else if (typeof next.value === 'object' && next.value !== null) {
      if (depth >= limits.depth) {
        throw new HomeostatError('TOO_DEEP', { path: rootPath, problem: `nested deeper than ${limits.depth}` });
      }
      const keys = Object.keys(next.value);
      const isArray = Array.isArray(next.value);
      if (items + pending.length + keys.length > limits.items) throw tooManyItems(rootPath, limits);
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
    if (characters > limits.bytes) {
      throw new HomeostatError('TOO_LARGE', { path: rootPath, problem: `larger than ${limits.bytes / 1024} KiB` });
    }
  }
}

function tooManyItems(path: string, limits: JsonLimits): HomeostatError {
  return new HomeostatError('TOO_MANY_ITEMS', {
    path,
    problem: `more than ${limits.items} values`,
    remedy: 'split it into several',
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
