import { z } from 'zod';
import { isJsonObject, type JsonObject, type JsonValue } from '../domain/json.ts';
import type { AnswerDialect } from '../domain/model-route.ts';
import { decodeWire } from './decode-wire.ts';
import { toWireSchema, type WireRules } from './wire-schema.ts';

/** The name of the one tool, or of the schema, that an answer is given by. */
export const answerName = 'answer';

/** One way to tell a provider what the answer must be, and the way back from what it then writes. */
export interface AnswerForm {
  readonly dialect: AnswerDialect;
  readonly schema: JsonObject;
  /** From the provider's dialect to the shape that was asked for; never throws. */
  readonly decode: (value: JsonValue) => JsonValue;
}

/** OpenAI's strict mode. */
export const openAiRules: WireRules = {
  keywords: new Set(['pattern', 'minimum', 'maximum', 'multipleOf', 'minItems', 'maxItems']),
  optional: 'nullable',
  maximumOptional: Number.POSITIVE_INFINITY,
  maximumUnions: Number.POSITIVE_INFINITY,
  maximumDepth: 10,
};

/** Anthropic's output format. */
export const anthropicRules: WireRules = {
  keywords: new Set<string>(),
  optional: 'kept',
  maximumOptional: 24,
  maximumUnions: 16,
  maximumDepth: 32,
};

/** The schema of an answer as plain JSON Schema: what models are told, and what tools and Ollama take as it is. */
export function toPlainSchema(answer: z.ZodType): JsonObject {
  const { $schema: _, ...schema } = z.toJSONSchema(answer, { io: 'input', unrepresentable: 'any' }) as JsonObject;
  return schema;
}

/**
 * The form to ask for an answer in. Where `rules` are given and cannot say the schema, the model is asked for `text`
 * instead, so that an answer of any shape can be had from every provider.
 */
export function toAnswerForm(answer: z.ZodType, dialect: AnswerDialect, rules?: WireRules): AnswerForm {
  const plain = toPlainSchema(answer);
  if (dialect === 'text' || (dialect === 'schema' && rules === undefined)) {
    return { dialect, schema: plain, decode: (value) => value };
  }
  // Providers want an object at the root; anything else is put into one.
  const isWrapped = plain.type !== 'object' || isJsonObject(plain.additionalProperties);
  const root = isWrapped ? wrapped(plain) : plain;
  const unwrap = (value: JsonValue) =>
    isWrapped && isJsonObject(value) && answerName in value ? value[answerName]! : value;
  if (rules === undefined || dialect === 'tool') return { dialect, schema: root, decode: unwrap };
  const wire = toWireSchema(root, rules);
  if (wire === undefined) return { dialect: 'text', schema: plain, decode: (value) => value };
  return { dialect, schema: wire, decode: (value) => unwrap(decodeWire(root, value)) };
}

function wrapped(schema: JsonObject): JsonObject {
  const { $defs, ...inner } = schema;
  return {
    type: 'object',
    properties: { [answerName]: inner },
    required: [answerName],
    additionalProperties: false,
    ...($defs === undefined ? {} : { $defs }),
  };
}
