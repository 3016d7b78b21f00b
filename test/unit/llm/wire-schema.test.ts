import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { JsonObject, JsonValue } from '../../../src/domain/json.ts';
import { anthropicRules, openAiRules, toAnswerForm } from '../../../src/llm/answer-schema.ts';
import { encodeAnswer } from '../../support/encode-answer.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const json = fc
  .jsonValue({ depthSize: 'small' })
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonValue)
  // Refused before anything is decoded.
  .filter((value) => !JSON.stringify(value).includes('__proto__'));
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const without = (value: object) => Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined));

const shapes: readonly { what: string; schema: z.ZodType; values: fc.Arbitrary<unknown> }[] = [
  {
    what: 'constraints and fields that may be left out',
    schema: z.strictObject({
      name: z
        .string()
        .min(1)
        .max(9)
        .regex(/^[a-z]/),
      size: z.int().min(1).max(100).optional(),
      enabled: z.boolean().optional(),
      kind: z.enum(['a', 'b']).optional(),
    }),
    values: fc
      .record({
        name,
        size: optional(fc.integer({ min: 1, max: 100 })),
        enabled: optional(fc.boolean()),
        kind: optional(fc.constantFrom('a', 'b')),
      })
      .map(without),
  },
  {
    what: 'maps, of maps too',
    schema: z.strictObject({
      labels: z.record(z.string(), z.string()),
      deep: z.record(z.string(), z.record(z.string(), z.int())),
    }),
    values: fc.record({
      labels: fc.dictionary(name, fc.string(), { noNullPrototype: true }),
      deep: fc.dictionary(name, fc.dictionary(name, fc.integer(), { noNullPrototype: true }), {
        noNullPrototype: true,
      }),
    }),
  },
  {
    what: 'any value',
    schema: z.strictObject({ unknown: z.unknown(), json: z.json(), map: z.record(z.string(), z.unknown()) }),
    values: fc.record({ unknown: json, json, map: fc.dictionary(name, json, { noNullPrototype: true }) }),
  },
  {
    what: 'a union told apart by a literal, with maps in it',
    schema: z.array(
      z.discriminatedUnion('tool', [
        z.strictObject({
          tool: z.literal('create'),
          env: z.record(z.string(), z.string()),
          note: z.string().optional(),
        }),
        z.strictObject({ tool: z.literal('delete'), force: z.boolean() }),
      ]),
    ),
    values: fc.array(
      fc.oneof(
        fc
          .record({
            tool: fc.constant('create'),
            env: fc.dictionary(name, fc.string(), { noNullPrototype: true }),
            note: optional(fc.string()),
          })
          .map(without),
        fc.record({ tool: fc.constant('delete'), force: fc.boolean() }),
      ),
    ),
  },
  {
    what: 'a value or a reference to one',
    schema: z.strictObject({ id: z.union([z.string(), z.strictObject({ $ref: z.string() })]), n: z.int().nullable() }),
    values: fc.record({
      id: fc.oneof(fc.string(), fc.record({ $ref: fc.string() })),
      n: fc.oneof(fc.integer(), fc.constant(null)),
    }),
  },
  { what: 'a map at the root', schema: z.record(z.string(), z.int()), values: fc.dictionary(name, fc.integer()) },
  { what: 'one text', schema: z.string(), values: fc.string() },
  { what: 'literals of several types', schema: z.literal([1, 'a', null]), values: fc.constantFrom(1, 'a', null) },
];

const dialects = [
  { dialect: 'openai', rules: openAiRules },
  { dialect: 'anthropic', rules: anthropicRules },
];

describe.each(dialects)('the dialect of $dialect', ({ rules }) => {
  test.each(shapes)('says $what, and what is written in it comes back the same', ({ schema, values }) => {
    const form = toAnswerForm(schema, 'schema', rules);
    expect(form.dialect).toBe('schema');
    const fits = new Ajv2020({ strict: false }).compile(form.schema);
    fc.assert(
      fc.property(values, (value) => {
        const written = encodeAnswer(form.schema, value as JsonValue);
        expect(fits(written), JSON.stringify({ written, errors: fits.errors })).toBe(true);
        expect(schema.parse(form.decode(JSON.parse(JSON.stringify(written)) as JsonValue))).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  test.each(shapes)('$what: whatever else is written, decoding does not throw', ({ schema }) => {
    const form = toAnswerForm(schema, 'schema', rules);
    fc.assert(
      fc.property(json, (written) => {
        schema.safeParse(form.decode(written));
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    { what: 'a pair', schema: z.strictObject({ it: z.tuple([z.string(), z.int()]) }) },
    { what: 'an intersection', schema: z.strictObject({ it: z.intersection(z.string(), z.string().min(1)) }) },
    { what: 'nesting past what providers take', schema: nested(40) },
  ])('cannot say $what: the model is told in words', ({ schema }) => {
    expect(toAnswerForm(schema, 'schema', rules).dialect).toBe('text');
  });
});

describe('the dialect of openai', () => {
  const schemaOf = (schema: z.ZodType) => toAnswerForm(schema, 'schema', openAiRules).schema;

  test('every field is required, null stands for left out, nothing else is allowed', () => {
    expect(schemaOf(z.strictObject({ a: z.string(), b: z.int().optional() }))).toMatchObject({
      type: 'object',
      required: ['a', 'b'],
      additionalProperties: false,
      properties: { b: { anyOf: [{ type: 'integer' }, { type: 'null' }] } },
    });
  });

  test('constraints it does not take are told in the description', () => {
    const { properties } = schemaOf(z.strictObject({ a: z.string().min(2).describe('The name.') }));
    expect((properties as JsonObject).a).toEqual({ type: 'string', description: 'The name. minLength: 2' });
  });

  test('null of a field that may itself be null is kept', () => {
    const schema = z.strictObject({ a: z.string().nullable(), b: z.string().optional() });
    const { decode } = toAnswerForm(schema, 'schema', openAiRules);
    expect(decode({ a: null, b: null })).toEqual({ a: null });
  });

  test('a key twice in the entries of a map is refused, not resolved', () => {
    const schema = z.strictObject({ map: z.record(z.string(), z.string()) });
    const { decode } = toAnswerForm(schema, 'schema', openAiRules);
    const twice = [
      { key: 'a', value: '1' },
      { key: 'a', value: '2' },
    ];
    expect(schema.safeParse(decode({ map: twice })).success).toBe(false);
  });
});

test('more fields that may be left out than Anthropic takes: the model is told in words', () => {
  const fields = (count: number) =>
    z.strictObject(
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, z.string().optional()])),
    );
  expect(toAnswerForm(fields(24), 'schema', anthropicRules).dialect).toBe('schema');
  expect(toAnswerForm(fields(25), 'schema', anthropicRules).dialect).toBe('text');
});

function nested(depth: number): z.ZodType {
  return depth === 0 ? z.string() : z.strictObject({ it: nested(depth - 1) });
}
