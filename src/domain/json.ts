import { HomeostatError } from './failure.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * What a value may hold before any schema looks at it: a recursive schema would overflow the stack first. Bytes are those
 * of its texts and keys as JSON, so that what is accepted can be stored, however it is escaped.
 */
export const jsonLimits: JsonLimits = { depth: 32, items: 10_000, bytes: 256 * 1024 };

export interface JsonLimits {
  readonly depth: number;
  readonly items: number;
  readonly bytes: number;
}

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Refuses what no schema should ever see: nesting, item counts and sizes past the limits, keys that JavaScript
 * treats specially, lone surrogates, numbers that JSON cannot hold. Walks with a stack of its own, never by recursion.
 */
export function checkJsonLimits(value: unknown, rootPath = '$', limits: JsonLimits = jsonLimits): void {
  const pending: { value: unknown; path: string; depth: number }[] = [{ value, path: rootPath, depth: 0 }];
  let items = 0;
  let bytes = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { path, depth } = next;
    items += 1;
    if (items > limits.items) throw tooManyValues(rootPath, limits);
    if (typeof next.value === 'string') {
      bytes += bytesOf(next.value, limits.bytes);
      checkText(next.value, path);
    } else if (typeof next.value === 'number' && !Number.isFinite(next.value)) {
      throw noNumber(path, `${next.value}`);
    } else if (typeof next.value === 'object' && next.value !== null) {
      if (depth >= limits.depth) {
        throw tooDeep(rootPath, limits);
      }
      const keys = Object.keys(next.value);
      const isArray = Array.isArray(next.value);
      if (items + pending.length + keys.length > limits.items) throw tooManyValues(rootPath, limits);
      for (const key of keys) {
        const childPath = childPathOf(path, key, isArray);
        if (forbiddenKeys.has(key)) {
          throw new HomeostatError('FORBIDDEN_KEY', {
            path: childPath,
            problem: 'this key is not allowed',
            remedy: 'rename it',
          });
        }
        if (!isArray) bytes += bytesOf(key, limits.bytes);
        checkText(key, childPath);
        pending.push({ value: (next.value as Record<string, unknown>)[key], path: childPath, depth: depth + 1 });
      }
    }
    if (bytes > limits.bytes) {
      throw new HomeostatError('TOO_LARGE', {
        path: rootPath,
        problem: `larger than allowed, at most ${limits.bytes / 1024} KiB`,
        remedy: 'keep large content elsewhere and name it',
      });
    }
  }
}

export function tooDeep(path = '$', limits = jsonLimits): HomeostatError {
  return new HomeostatError('TOO_DEEP', {
    path,
    problem: `nested deeper than allowed, at most ${limits.depth} levels`,
    remedy: 'make it flatter',
  });
}

/** `got` as it was written: such as NaN, Infinity, 1e999. */
export function noNumber(path: string, got: string): HomeostatError {
  return new HomeostatError('INVALID_NUMBER', {
    path,
    problem: 'not a number JSON can hold',
    got,
    remedy: 'write a number, or leave it out',
  });
}

export function noObject(got: unknown, remedy = 'write apiVersion, kind, metadata and spec'): HomeostatError {
  return new HomeostatError('INVALID_BODY', {
    problem: got === undefined ? 'expected an object, found nothing' : 'expected an object',
    got,
    remedy,
  });
}

export function tooManyValues(path = '$', limits = jsonLimits): HomeostatError {
  return new HomeostatError('TOO_MANY_ITEMS', {
    path,
    problem: `more values than allowed, at most ${limits.items}`,
    remedy: 'split the resource',
  });
}

function childPathOf(path: string, key: string, inArray: boolean): string {
  if (inArray) return `${path}[${key}]`;
  return path === '$' ? key : `${path}.${key}`;
}

function checkText(text: string, path: string): void {
  if (!text.isWellFormed()) {
    throw new HomeostatError('INVALID_UNICODE', {
      path,
      problem: 'holds a lone surrogate',
      got: text,
      remedy: 'write whole characters',
    });
  }
}

/** UTF-8 bytes of a text in JSON. Stops counting where it is too much anyway. */
export function bytesOf(text: string, limit: number): number {
  let bytes = 0;
  for (let index = 0; index < text.length && bytes <= limit; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20) bytes += 6;
    else if (code < 0x80) bytes += code === 0x22 || code === 0x5c ? 2 : 1;
    // Half of a surrogate pair is 2 of its 4 bytes.
    else bytes += code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 2 : 3;
  }
  return bytes;
}

/** As it will be stored: no undefined fields, nothing JSON cannot hold. */
export function asStored(value: unknown): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
