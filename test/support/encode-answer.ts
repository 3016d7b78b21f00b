import { isJsonObject, type JsonObject, type JsonValue } from '../../src/domain/json.ts';

/**
 * What a model held to `schema` would write for a value: the schema says where a list of entries, JSON text or null must
 * stand for it. The counterpart of `decodeWire`, written from the provider's side.
 */
export function encodeAnswer(schema: JsonValue | undefined, value: JsonValue | undefined): JsonValue {
  if (!isJsonObject(schema)) return value ?? null;
  if (Array.isArray(schema.anyOf)) {
    const options = schema.anyOf as readonly JsonValue[];
    const option = options.find((candidate) => canHold(candidate, value));
    return option === undefined ? (value ?? null) : encodeAnswer(option, value);
  }
  if (value === undefined) return null;
  if (schema.type === 'string' && isAnyText(schema)) return JSON.stringify(value);
  if (schema.type === 'array' && isJsonObject(value)) {
    const entry = isJsonObject(schema.items) && isJsonObject(schema.items.properties) ? schema.items.properties : {};
    return Object.entries(value).map(([key, item]) => ({ key, value: encodeAnswer(entry.value, item) }));
  }
  if (schema.type === 'array' && Array.isArray(value)) {
    return value.map((item: JsonValue) => encodeAnswer(schema.items, item));
  }
  if (schema.type === 'object' && isJsonObject(schema.properties))
    return encodeObject(schema, schema.properties, value);
  return value;
}

function encodeObject(schema: JsonObject, properties: JsonObject, value: JsonValue): JsonValue {
  // Not an object at the root of the answer: it was put into one.
  const [only] = Object.keys(properties);
  if (only === 'answer' && (!isJsonObject(value) || !('answer' in value))) {
    return { answer: encodeAnswer(properties.answer, value) };
  }
  if (!isJsonObject(value)) return value;
  const required = Array.isArray(schema.required) ? schema.required : [];
  const names = Object.keys(properties).filter((name) => value[name] !== undefined || required.includes(name));
  return Object.fromEntries(names.map((name) => [name, encodeAnswer(properties[name], value[name])]));
}

function isAnyText(schema: JsonObject): boolean {
  return typeof schema.description === 'string' && schema.description.includes('written as JSON text');
}

function canHold(schema: JsonValue, value: JsonValue | undefined): boolean {
  if (!isJsonObject(schema)) return true;
  if (Array.isArray(schema.anyOf)) return schema.anyOf.some((option: JsonValue) => canHold(option, value));
  if (value === undefined || value === null) return schema.type === 'null';
  if ('const' in schema) return schema.const === value;
  if (Array.isArray(schema.enum)) return schema.enum.includes(value);
  if (schema.type === 'string') return isAnyText(schema) || typeof value === 'string';
  if (schema.type === 'array') return typeof value === 'object';
  if (schema.type === 'object' && isJsonObject(schema.properties) && isJsonObject(value)) {
    const properties = schema.properties;
    return Object.keys(value).every((name) => name in properties && canHold(properties[name]!, value[name]));
  }
  if (schema.type === 'integer') return Number.isInteger(value);
  return schema.type === typeof value;
}
