import { isJsonObject, type JsonObject, type JsonValue } from '../domain/json.ts';
import { ownValue } from '../domain/own-value.ts';
import { acceptsNull, isAnyValue, isMap, propertiesOf, requiredOf, unionOf } from './wire-schema.ts';

/**
 * Turns an answer in a provider's dialect back into the shape that was asked for, guided by the schema. Never throws: what
 * does not fit stays as it is, for zod to refuse with its path.
 */
export function decodeWire(node: JsonValue | undefined, value: JsonValue): JsonValue {
  if (!isJsonObject(node)) return node === true || node === undefined ? fromJsonText(value) : value;
  if (isAnyValue(node)) return fromJsonText(value);
  const options = unionOf(node);
  if (options !== undefined) {
    const meant = options.find((option) => isWrittenBy(option, value));
    return meant === undefined ? value : decodeWire(meant, value);
  }
  if (isMap(node)) return fromEntries(node, value);
  if (node.type === 'object' && isJsonObject(value)) {
    const properties = propertiesOf(node);
    const required = requiredOf(node);
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name, inner]) => inner !== null || required.has(name) || mayBeNull(properties, name))
        .map(([name, inner]) => [name, decodeProperty(properties, name, inner)]),
    );
  }
  if (node.type === 'array' && Array.isArray(value))
    return value.map((item: JsonValue) => decodeWire(node.items, item));
  return value;
}

function decodeProperty(properties: JsonObject, name: string, value: JsonValue): JsonValue {
  return Object.hasOwn(properties, name) ? decodeWire(properties[name], value) : value;
}

function mayBeNull(properties: JsonObject, name: string): boolean {
  return !Object.hasOwn(properties, name) || acceptsNull(properties[name]);
}

function fromJsonText(value: JsonValue): JsonValue {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as JsonValue;
  } catch {
    return value;
  }
}

function fromEntries(node: JsonObject, value: JsonValue): JsonValue {
  const inner = node.additionalProperties;
  if (isJsonObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decodeWire(inner, item)]));
  }
  if (!Array.isArray(value)) return value;
  const entries: [string, JsonValue][] = [];
  for (const entry of value as readonly JsonValue[]) {
    if (!isJsonObject(entry) || typeof entry.key !== 'string' || entry.value === undefined) return value;
    entries.push([entry.key, decodeWire(inner, entry.value)]);
  }
  // A key twice would lose one of two values in silence; as a list it is refused.
  return new Set(entries.map(([key]) => key)).size === entries.length ? Object.fromEntries(entries) : value;
}

/** Whether a value in the dialect can have been written for this option of a union: its shape, without constraints. */
function isWrittenBy(node: JsonValue | undefined, value: JsonValue): boolean {
  if (!isJsonObject(node) || isAnyValue(node)) return typeof value === 'string';
  const options = unionOf(node);
  if (options !== undefined) return options.some((option) => isWrittenBy(option, value));
  if ('const' in node) return node.const === value;
  if (Array.isArray(node.enum)) return (node.enum as readonly JsonValue[]).includes(value);
  if (isMap(node)) return Array.isArray(value);
  if (Array.isArray(node.type)) return node.type.some((type: JsonValue) => isWrittenBy({ ...node, type }, value));
  switch (node.type) {
    case 'object': {
      if (!isJsonObject(value)) return false;
      const properties = propertiesOf(node);
      const required = requiredOf(node);
      return (
        Object.keys(value).every((name) => Object.hasOwn(properties, name)) &&
        Object.entries(properties).every(([name, property]) => {
          const inner = ownValue(value, name);
          if (inner === undefined || inner === null)
            return !required.has(name) || (inner === null && acceptsNull(property));
          return isWrittenBy(property, inner);
        })
      );
    }
    case 'array':
      return Array.isArray(value) && value.every((item: JsonValue) => isWrittenBy(node.items, item));
    case 'null':
      return value === null;
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === node.type;
  }
}
