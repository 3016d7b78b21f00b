import { isJsonObject, type JsonObject, type JsonValue } from '../domain/json.ts';

/**
 * From JSON Schema to the part of it that a provider can hold a model to while it writes ("structured output"). What
 * the part cannot say is said another way and turned back by `decodeWire`: a map with any keys becomes a list of
 * `{key, value}`, any JSON value (and what refers to a definition, such as recursion) becomes JSON text, a field that may
 * be left out may be null. Constraints that are not supported go into the description, where the model still reads them; zod checks them afterwards.
 */
export interface WireRules {
  /** Constraining keywords the provider takes as they are. */
  readonly keywords: ReadonlySet<string>;
  /** Whether fields may be left out, or every field must be there and null stands for "left out". */
  readonly optional: 'kept' | 'nullable';
  /** Beyond these the provider refuses the request. */
  readonly maximumOptional: number;
  readonly maximumUnions: number;
  readonly maximumDepth: number;
}

/** What the dialects know of structure; everything else constrains or describes. */
const structure = new Set(
  '$schema $defs type properties required additionalProperties propertyNames items anyOf oneOf enum const description title'.split(
    ' ',
  ),
);
const inexpressible = ['allOf', 'not', 'if', 'patternProperties', 'prefixItems', 'contains'];

export const anyValueHint = 'Any JSON value, written as JSON text.';

class Inexpressible extends Error {}

/** The schema in the provider's part of JSON Schema, or undefined where that cannot say it. */
export function toWireSchema(schema: JsonObject, rules: WireRules): JsonObject | undefined {
  const counts = { optional: 0, unions: 0 };
  try {
    const wire = toWireNode(schema, rules, counts, 0);
    return counts.optional > rules.maximumOptional || counts.unions > rules.maximumUnions ? undefined : wire;
  } catch (error) {
    if (error instanceof Inexpressible) return undefined;
    throw error;
  }
}

interface Counts {
  optional: number;
  unions: number;
}

function toWireNode(node: JsonValue | undefined, rules: WireRules, counts: Counts, depth: number): JsonObject {
  if (depth > rules.maximumDepth || node === false) throw new Inexpressible();
  if (!isJsonObject(node) || isAnyValue(node)) {
    return { type: 'string', description: describe(isJsonObject(node) ? node : {}, [anyValueHint]) };
  }
  if (inexpressible.some((keyword) => keyword in node)) throw new Inexpressible();
  const child = (inner: JsonValue | undefined) => toWireNode(inner, rules, counts, depth + 1);
  const kept = Object.entries(node).filter(([keyword]) => rules.keywords.has(keyword));
  const lost = Object.entries(node).filter(([keyword]) => !structure.has(keyword) && !rules.keywords.has(keyword));
  const hints = lost.map(([keyword, value]) => `${keyword}: ${JSON.stringify(value)}`);
  const common = (extra: readonly string[] = []) => {
    const description = describe(node, [...extra, ...hints]);
    return { ...Object.fromEntries(kept), ...(description === '' ? {} : { description }) };
  };

  const options = unionOf(node);
  if (options !== undefined) {
    counts.unions += 1;
    return { anyOf: options.map(child), ...common() };
  }
  if (isMap(node)) {
    const key = isJsonObject(node.propertyNames) ? child({ type: 'string', ...node.propertyNames }) : textSchema;
    const entry = closed({ key, value: child(node.additionalProperties) }, ['key', 'value']);
    return { type: 'array', items: entry, ...common(['One entry for each key; no key twice.']) };
  }
  if (node.type === 'object') {
    const required = requiredOf(node);
    const properties = Object.entries(propertiesOf(node)).map(([name, property]) => {
      const wire = child(property);
      if (required.has(name)) return [name, wire] as const;
      counts.optional += 1;
      if (rules.optional === 'kept') return [name, wire] as const;
      counts.unions += 1;
      return [name, acceptsNull(wire) ? wire : { anyOf: [wire, { type: 'null' }] }] as const;
    });
    const names = properties.map(([name]) => name);
    const must = rules.optional === 'kept' ? names.filter((name) => required.has(name)) : names;
    return { ...closed(Object.fromEntries(properties), must), ...common() };
  }
  if (node.type === 'array') return { type: 'array', items: child(node.items), ...common() };
  if (Array.isArray(node.type)) counts.unions += 1;
  return { type: typeOf(node), ...pick(node, ['enum', 'const']), ...common() };
}

const textSchema: JsonObject = { type: 'string' };

function closed(properties: JsonObject, required: readonly string[]): JsonObject {
  return { type: 'object', properties, required, additionalProperties: false };
}

function describe({ description }: JsonObject, extra: readonly string[]): string {
  return (typeof description === 'string' ? [description, ...extra] : extra).join(' ');
}

function pick(node: JsonObject, keywords: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(node).filter(([keyword]) => keywords.includes(keyword)));
}

/** The type, which literals of several types are written without. */
function typeOf(node: JsonObject): JsonValue {
  if (node.type !== undefined) return node.type;
  const values = 'const' in node ? [node.const] : (node.enum as readonly JsonValue[]);
  const types = [...new Set(values.map((value) => (value === null ? 'null' : typeof value)))];
  return types.length === 1 ? types[0]! : types;
}

/** A schema that says nothing of the value here. */
export function isAnyValue(node: JsonObject): boolean {
  return (
    '$ref' in node || !['type', 'anyOf', 'oneOf', 'enum', 'const', ...inexpressible].some((keyword) => keyword in node)
  );
}

/** An object with any keys: nothing but entries of one kind. */
export function isMap(node: JsonObject): boolean {
  return (
    node.type === 'object' &&
    Object.keys(propertiesOf(node)).length === 0 &&
    (isJsonObject(node.additionalProperties) || node.additionalProperties === true)
  );
}

export function unionOf(node: JsonObject): readonly JsonValue[] | undefined {
  const options = node.anyOf ?? node.oneOf;
  return Array.isArray(options) ? options : undefined;
}

export function propertiesOf(node: JsonObject): JsonObject {
  return isJsonObject(node.properties) ? node.properties : {};
}

export function requiredOf(node: JsonObject): ReadonlySet<JsonValue> {
  return new Set(Array.isArray(node.required) ? (node.required as readonly JsonValue[]) : []);
}

export function acceptsNull(node: JsonValue | undefined): boolean {
  if (!isJsonObject(node)) return false;
  if (node.type === 'null' || node.const === null) return true;
  if (Array.isArray(node.type) && node.type.includes('null')) return true;
  if (Array.isArray(node.enum) && node.enum.includes(null)) return true;
  return unionOf(node)?.some(acceptsNull) ?? false;
}
