import { z } from 'zod';
import { digestOf } from '../domain/canonical.ts';
import { isJsonObject, type JsonObject } from '../domain/json.ts';
import type { AnyTool } from './tool.ts';

/** One parameter of a tool, as people list it and as a model is told of it. */
export interface Parameter {
  readonly name: string;
  /** A JSON Schema type: string, integer, number, boolean, array, object. */
  readonly type: string;
  readonly description: string;
  readonly required: boolean;
}

/** A schema as JSON Schema (draft 2020-12), the form every door and every model provider is given. */
export function toJsonSchema(schema: z.ZodType): JsonObject {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonObject;
}

export function listParameters(tool: AnyTool): readonly Parameter[] {
  const schema = toJsonSchema(tool.parameters);
  const required = Array.isArray(schema.required) ? schema.required : [];
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  return Object.entries(properties).map(([name, property]) => ({
    name,
    type: isJsonObject(property) && typeof property.type === 'string' ? property.type : 'any',
    description: isJsonObject(property) && typeof property.description === 'string' ? property.description : '',
    required: required.includes(name),
  }));
}

const digests = new WeakMap<AnyTool, string>();

/** What the seal holds of a tool: change its schemas, risk or nature and an old plan is stale. */
export function toolDigestOf(tool: AnyTool): string {
  let digest = digests.get(tool);
  if (digest === undefined) {
    const { name, riskLevel, effect, conditional, parameters, result } = tool;
    digest = digestOf({
      name,
      riskLevel,
      effect,
      conditional,
      parameters: toJsonSchema(parameters),
      result: toJsonSchema(result),
    });
    digests.set(tool, digest);
  }
  return digest;
}
