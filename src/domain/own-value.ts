import { isJsonObject, type JsonValue } from './json.ts';

/**
 * What stands under a name in an object whose names come from outside. Never what every object inherits: a tenant may be
 * called `constructor`, a file `toString`.
 */
export function ownValue<Value>(object: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** The value at a path of names, or undefined. */
export function valueAt(value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  return path.reduce((at, name) => (isJsonObject(at) ? ownValue(at, name) : undefined), value);
}
