import { z } from 'zod';
import { isJsonObject, type JsonObject, type JsonValue } from '../domain/json.ts';
import { valueAt } from '../domain/own-value.ts';
import { configSchema } from './config-schema.ts';
import { environmentFields } from './environment.ts';

/** A field of `homeostat.yaml` as people are told of it. */
export interface ConfigField {
  /** `temporal.address`. */
  readonly name: string;
  readonly description: string;
  /** What it may be, in a few words. */
  readonly values: string;
  /** As a person would write it; absent where there is none. */
  readonly standard?: JsonValue;
  /** The variable that overrides it; absent for what holds names of its own. */
  readonly variable?: string;
  readonly isSecret: boolean;
  readonly isDuration: boolean;
}

/** All fields, in the order of the schema: the one place that reads it for people. */
export function listConfigFields(): readonly ConfigField[] {
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as unknown as JsonObject;
  const variables = new Map(Object.entries(environmentFields).map(([variable, field]) => [field, variable]));
  const parsed = configSchema.parse({}) as unknown as JsonObject;
  return fieldsOf(schema, '').map(({ name, field }) => {
    const standard = field.default ?? valueAt(parsed, name.split('.'));
    const variable = variables.get(name);
    return {
      name,
      description: typeof field.description === 'string' ? field.description : '',
      values: showValues(field),
      ...(standard === undefined ? {} : { standard }),
      ...(variable === undefined ? {} : { variable }),
      isSecret: field.secret === true,
      isDuration: field.format === 'duration',
    };
  });
}

function fieldsOf(schema: JsonObject, path: string): readonly { readonly name: string; readonly field: JsonObject }[] {
  const { properties } = schema;
  if (!isJsonObject(properties)) return [{ name: path, field: schema }];
  return Object.entries(properties).flatMap(([name, field]) =>
    isJsonObject(field) ? fieldsOf(field, path === '' ? name : `${path}.${name}`) : [],
  );
}

function showValues(field: JsonObject): string {
  if (field.format === 'duration') return 'duration';
  if (field.format === 'uri') return 'URL';
  if (field.format === 'model') return 'name, or model and answers';
  if (Array.isArray(field.enum)) return field.enum.join(', ');
  if (Array.isArray(field.anyOf)) return 'list';
  if (isJsonObject(field.properties)) return Object.keys(field.properties).join(', ');
  if (isJsonObject(field.additionalProperties)) return `name: ${showValues(field.additionalProperties)}`;
  if (Array.isArray(field.type)) return 'true, false';
  if (field.type === 'integer') return `${showBound(field.minimum)} to ${showBound(field.maximum)}`;
  if (field.type === 'number') return 'number';
  return 'text';
}

function showBound(bound: JsonValue | undefined): string {
  return typeof bound === 'number' ? String(bound) : '…';
}
