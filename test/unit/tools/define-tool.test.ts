import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { HomeostatError } from '../../../src/domain/failure.ts';
import { defineTool, type ToolDefinition } from '../../../src/tools/define-tool.ts';
import { listParameters, toJsonSchema, toolDigestOf } from '../../../src/tools/tool-schema.ts';

const definition: ToolDefinition<{ path: string; mode?: number | undefined }, { bytes: number }> = {
  name: 'write_file',
  description: 'Write a whole file',
  riskLevel: 'moderate',
  effect: 'write',
  parameters: z.strictObject({
    path: z.string().describe('Where it goes'),
    mode: z.int().optional(),
  }),
  result: z.strictObject({ bytes: z.int() }),
  execute: async () => ({ bytes: 0 }),
};
const here = new URL(import.meta.url);
const apart = { execute: undefined };

function refusalOf(change: object): string {
  try {
    defineTool({ ...definition, ...change });
    return 'accepted';
  } catch (error) {
    if (!(error instanceof HomeostatError)) return String(error);
    const [, path] = /^test\/unit\/tools\/define-tool\.test\.ts:\d+ (.*)$/.exec(error.path) ?? [];
    return `${error.code} ${path}`;
  }
}

describe('a tool is refused at start, naming file and field', () => {
  test.each([
    { change: { name: 'rm -rf' }, field: 'tool "rm -rf".name', reason: 'a name with blanks' },
    { change: { name: 'writeFile' }, field: 'tool "writeFile".name', reason: 'capitals' },
    { change: { name: '' }, field: 'tool "".name', reason: 'no name' },
    { change: { name: '1st' }, field: 'tool "1st".name', reason: 'begins with a digit' },
    { change: { name: 'a'.repeat(64) }, field: `tool "${'a'.repeat(64)}".name`, reason: 'an endless name' },
    { change: { description: ' ' }, field: 'tool "write_file".description', reason: 'a blank description' },
    { change: { description: undefined }, field: 'tool "write_file".description', reason: 'no description' },
    { change: { riskLevel: 'medium-ish' }, field: 'tool "write_file".riskLevel', reason: 'an unknown risk' },
    { change: { riskLevel: undefined }, field: 'tool "write_file".riskLevel', reason: 'no risk' },
    { change: { parameters: undefined }, field: 'tool "write_file".parameters', reason: 'no parameters' },
    {
      change: { parameters: { type: 'object' } },
      field: 'tool "write_file".parameters',
      reason: 'a schema of another sort',
    },
    { change: { result: undefined }, field: 'tool "write_file".result', reason: 'no result' },
    { change: { execute: undefined }, field: 'tool "write_file".execute', reason: 'nothing to execute' },
  ])('$reason → INVALID_TOOL $field', ({ change, field }) => {
    expect(refusalOf(change)).toBe(`INVALID_TOOL ${field}`);
  });

  test.each([
    { change: { effect: 'wirte' }, field: 'effect', reason: 'an effect that is none' },
    { change: { timeoutMs: Number.NaN }, field: 'timeoutMs', reason: 'no time at all' },
    { change: { maximumAttempts: 0 }, field: 'maximumAttempts', reason: 'no attempt at all' },
    { change: { onFailure: 'ignore' }, field: 'onFailure', reason: 'an answer to failure that is none' },
    { change: { isolated: here }, field: 'isolated', reason: 'two ways to execute' },
    { change: { ...apart, isolated: new URL('https://example.org/a.ts') }, field: 'isolated', reason: 'a web address' },
    { change: { ...apart, isolated: './a.ts' }, field: 'isolated', reason: 'a path' },
    { change: { ...apart, isolated: new URL('./a.ts', here) }, field: 'isolated', reason: 'a file that is not there' },
  ])('$reason → INVALID_TOOL $field', ({ change, field }) => {
    expect(refusalOf(change)).toBe(`INVALID_TOOL tool "write_file".${field}`);
  });

  const unsaid: object = {
    effect: undefined,
    conditional: undefined,
    timeoutMs: undefined,
    maximumAttempts: undefined,
    onFailure: undefined,
  };
  test.each([
    { change: {}, reason: 'left out' },
    { change: unsaid, reason: 'there and undefined' },
  ])('what is $reason is filled in: a read, not conditional, 30 s, three attempts, abort', ({ change }) => {
    const { effect: _, ...least } = definition;
    expect(defineTool({ ...least, ...change })).toMatchObject({
      effect: 'read',
      conditional: false,
      timeoutMs: 30_000,
      maximumAttempts: 3,
      onFailure: 'abort',
    });
  });

  test('one that is isolated is a tool like any other, with the same digest', () => {
    const { execute: _, ...declaration } = definition;
    const tool = defineTool({ ...declaration, isolated: here });
    expect(tool).toMatchObject({ name: 'write_file', execute: expect.any(Function) });
    expect(tool).not.toHaveProperty('isolated');
    expect(toolDigestOf(tool)).toBe(toolDigestOf(defineTool(definition)));
  });

  test('its types take one way to execute, and no two', () => {
    const { execute, ...declaration } = definition;
    // @ts-expect-error -- neither
    expect(() => defineTool(declaration)).toThrow('INVALID_TOOL');
    // @ts-expect-error -- both
    expect(() => defineTool({ ...declaration, execute, isolated: here })).toThrow('INVALID_TOOL');
  });
});

describe('what is told of a tool', () => {
  test('its parameters with type, description and whether they are required', () => {
    expect(listParameters(defineTool(definition))).toEqual([
      { name: 'path', type: 'string', description: 'Where it goes', required: true },
      { name: 'mode', type: 'integer', description: '', required: false },
    ]);
  });

  test('its schema is JSON Schema that refuses other fields', () => {
    expect(toJsonSchema(definition.parameters)).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { path: { type: 'string', description: 'Where it goes' } },
      required: ['path'],
      additionalProperties: false,
    });
  });

  test.each([
    { change: { riskLevel: 'dangerous' }, reason: 'its risk' },
    { change: { effect: 'read' }, reason: 'its nature' },
    { change: { conditional: true }, reason: 'whether it may be done again' },
    { change: { name: 'write_files' }, reason: 'its name' },
    { change: { parameters: z.strictObject({ path: z.string() }) }, reason: 'its parameters' },
    {
      change: { parameters: z.strictObject({ path: z.string().max(9), mode: z.int().optional() }) },
      reason: 'what a parameter may be',
    },
    { change: { result: z.strictObject({ bytes: z.number() }) }, reason: 'its result' },
  ])('its digest changes with $reason', ({ change }) => {
    const changed = { ...definition, ...change } as typeof definition;
    expect(toolDigestOf(defineTool(changed))).not.toBe(toolDigestOf(defineTool(definition)));
  });

  test('its digest is the same in every process', () => {
    const again = { ...definition, execute: async () => ({ bytes: 1 }) };
    expect(toolDigestOf(defineTool(again))).toBe(toolDigestOf(defineTool(definition)));
  });
});
