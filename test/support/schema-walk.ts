import { isJsonObject, type JsonObject, type JsonValue } from '../../src/domain/json.ts';

/** A good spec with one thing made bad, and the answer that must get. */
export interface Mutant {
  readonly spec: JsonObject;
  readonly reason: string;
  /** `CODE path`. */
  readonly answer: string;
}

/**
 * Walks a JSON Schema property by property along good samples and makes each property wrong in every way its schema
 * knows: type, missing, extra, out of range, outside its set, against its pattern. Throws where the samples leave a part
 * of the schema out, so that no property goes untried.
 */
export function mutate(schema: JsonObject, samples: readonly JsonObject[]): readonly Mutant[] {
  const visited = new Set<JsonObject>();
  const mutants = new Map<string, Mutant>();
  for (const sample of samples) {
    for (const { at, reason, answer, value } of walk(schema, sample, 'spec', visited)) {
      mutants.set(`${answer}: ${reason}`, { reason, answer, spec: replaceAt(sample, at, value) as JsonObject });
    }
  }
  const left = listSchemas(schema).filter((part) => !visited.has(part));
  if (left.length > 0) throw new Error(`no sample has ${JSON.stringify(left[0])}`);
  return [...mutants.values()];
}

interface Change {
  readonly at: readonly (string | number)[];
  /** Undefined: taken away. */
  readonly value: JsonValue | undefined;
  readonly reason: string;
  readonly answer: string;
}

function walk(schema: JsonObject, value: JsonValue, path: string, visited: Set<JsonObject>): readonly Change[] {
  visited.add(schema);
  const branches = branchesOf(schema);
  const meant = branches.find((branch) => isOf(branch, value)) ?? schema;
  visited.add(meant);
  const types = branches.length > 0 ? branches.flatMap(typesOf) : typesOf(schema);
  return [...wrongTypes(types, path), ...ownFaults(meant, value, path), ...below(meant, value, path, visited)];
}

const codesOfFormats: Readonly<Record<string, string>> = {
  cron: 'INVALID_CRON',
  date: 'INVALID_DATE',
  'date-time': 'INVALID_DATE',
  duration: 'INVALID_DURATION',
};

/** The faults a value of the right type can have. */
function ownFaults(schema: JsonObject, value: JsonValue, path: string): readonly Change[] {
  const here = (reason: string, bad: JsonValue, code: string): Change => ({
    at: [],
    value: bad,
    reason,
    answer: `${code} ${path}`,
  });
  const faults: Change[] = [];
  if (typeof value === 'number') {
    const { minimum, maximum, exclusiveMinimum } = schema as Record<string, number | undefined>;
    if (minimum !== undefined) faults.push(here('below its range', minimum - 1, 'INVALID_NUMBER'));
    if (exclusiveMinimum !== undefined)
      faults.push(here('at the end of its range', exclusiveMinimum, 'INVALID_NUMBER'));
    if (maximum !== undefined) faults.push(here('above its range', maximum + 1, 'INVALID_NUMBER'));
    if (schema.type === 'integer') faults.push(here('a fraction', value + 0.5, 'INVALID_NUMBER'));
  }
  if (typeof value === 'string') {
    const { minLength, maxLength } = schema as Record<string, number | undefined>;
    if (schema.enum !== undefined || schema.const !== undefined)
      faults.push(here('outside its set', 'no such', 'INVALID_VALUE'));
    if (minLength !== undefined && minLength > 0) faults.push(here('too short', '', 'INVALID_VALUE'));
    if (maxLength !== undefined && maxLength < 10_000)
      faults.push(here('too long', 'x'.repeat(maxLength + 1), 'INVALID_VALUE'));
    if (schema.pattern !== undefined) {
      const code = typeof schema.format === 'string' ? codesOfFormats[schema.format] : undefined;
      faults.push(here('against its pattern', '\u0000', code ?? 'INVALID_VALUE'));
    }
  }
  if (Array.isArray(value)) {
    const { minItems, maxItems } = schema as Record<string, number | undefined>;
    if (minItems !== undefined && minItems > 0) faults.push(here('too few', [], 'INVALID_VALUE'));
    if (maxItems !== undefined) {
      faults.push(
        here(
          'too many',
          Array.from({ length: maxItems + 1 }, () => value[0] as JsonValue),
          'TOO_MANY_ITEMS',
        ),
      );
    }
  }
  return faults;
}

/** The faults of what a value holds. */
function below(schema: JsonObject, value: JsonValue, path: string, visited: Set<JsonObject>): readonly Change[] {
  const inside = (key: string | number, part: JsonObject, child: JsonValue, childPath: string) =>
    walk(part, child, childPath, visited).map((change) => ({ ...change, at: [key, ...change.at] }));
  if (Array.isArray(value) && isJsonObject(schema.items))
    return inside(0, schema.items, value[0] as JsonValue, `${path}[0]`);
  if (!isJsonObject(value)) return [];
  const changes: Change[] = [];
  const properties = (schema.properties ?? {}) as Readonly<Record<string, JsonObject>>;
  for (const [key, part] of Object.entries(properties)) {
    if (value[key] !== undefined) changes.push(...inside(key, part, value[key], `${path}.${key}`));
  }
  for (const key of (schema.required ?? []) as readonly string[]) {
    changes.push({ at: [key], value: undefined, reason: 'missing', answer: `MISSING_FIELD ${path}.${key}` });
  }
  if (schema.additionalProperties === false) {
    changes.push({ at: ['noSuchField'], value: 1, reason: 'extra', answer: `UNKNOWN_FIELD ${path}.noSuchField` });
  }
  if (isJsonObject(schema.additionalProperties)) {
    for (const [key, child] of Object.entries(value)) {
      changes.push(...inside(key, schema.additionalProperties, child, `${path}.${key}`));
    }
    const isNamed = isJsonObject(schema.propertyNames) && schema.propertyNames.pattern !== undefined;
    const [sample = ''] = Object.values(value);
    if (isNamed) changes.push({ at: [' /'], value: sample, reason: 'a bad name', answer: `INVALID_VALUE ${path}. /` });
  }
  return changes;
}

const samplesOfTypes: Readonly<Record<string, JsonValue>> = {
  string: 'x',
  number: 7,
  boolean: true,
  array: [],
  object: {},
  null: null,
};

/** A value of each type that is not among these. */
function wrongTypes(types: readonly string[], path: string): readonly Change[] {
  const isNumber = types.every((type) => type === 'number' || type === 'integer');
  return Object.entries(samplesOfTypes)
    .filter(([type]) => !types.includes(type) && !(type === 'number' && types.includes('integer')))
    .map(([type, value]) => ({
      at: [],
      value,
      reason: `${type} in its place`,
      answer: `${isNumber ? 'INVALID_NUMBER' : 'INVALID_VALUE'} ${path}`,
    }));
}

function typesOf(schema: JsonObject): readonly string[] {
  return [schema.type ?? []].flat() as string[];
}

function branchesOf(schema: JsonObject): readonly JsonObject[] {
  return (schema.anyOf ?? schema.oneOf ?? []) as readonly JsonObject[];
}

/** Whether a value is of a branch: by its type, and by the constants it has. */
function isOf(branch: JsonObject, value: JsonValue): boolean {
  if (!isJsonObject(value)) return typesOf(branch).includes(Array.isArray(value) ? 'array' : typeof value);
  if (branch.type !== 'object') return false;
  return Object.entries((branch.properties ?? {}) as Record<string, JsonObject>).every(
    ([key, part]) => part.const === undefined || part.const === value[key],
  );
}

/** The schema with all that is below it. */
function listSchemas(schema: JsonObject): readonly JsonObject[] {
  const parts = [
    ...Object.values((schema.properties ?? {}) as Record<string, JsonObject>),
    ...branchesOf(schema),
    ...[schema.items, schema.additionalProperties].filter(isJsonObject),
  ];
  return [schema, ...parts.flatMap(listSchemas)];
}

function replaceAt(
  root: JsonValue,
  at: readonly (string | number)[],
  value: JsonValue | undefined,
): JsonValue | undefined {
  const [key, ...rest] = at;
  if (key === undefined) return value;
  if (Array.isArray(root))
    return root.map((item: JsonValue, index) => (index === key ? replaceAt(item, rest, value)! : item));
  const object = isJsonObject(root) ? root : {};
  const next = replaceAt(object[key] ?? null, rest, value);
  const { [String(key)]: _, ...others } = object;
  return next === undefined ? others : { ...others, [key]: next };
}
