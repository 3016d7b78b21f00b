import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { showPath, toFieldErrors } from '../../../src/domain/schema-errors.ts';

const check = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('http'), port: z.int().max(65_535), path: z.string() }),
  z.strictObject({ type: z.literal('tcp'), port: z.int() }),
]);
const schema = z.strictObject({
  replicas: z.int().min(0).max(9),
  size: z.enum(['small', 'large']).default('small'),
  ports: z
    .array(z.strictObject({ port: z.int() }))
    .max(2)
    .default([]),
  check: check.optional(),
  timeout: z.union([z.string().regex(/^[0-9]+s$/), z.number()]).optional(),
  env: z.record(z.string().regex(/^[A-Z_]+$/, 'is no name of a variable'), z.string()).default({}),
});

function errorsOf(value: unknown) {
  const parsed = schema.safeParse(value);
  return parsed.success ? [] : toFieldErrors(parsed.error, value, schema, 'spec');
}
const shown = (value: unknown) => errorsOf(value).map(({ code, path }) => `${code} ${path}`);

describe('schema faults become coded errors with a path', () => {
  test.each([
    { value: {}, expected: ['MISSING_FIELD spec.replicas'], reason: 'missing' },
    { value: [], expected: ['INVALID_BODY spec'], reason: 'another shape' },
    { value: { replicas: '3' }, expected: ['INVALID_NUMBER spec.replicas'], reason: 'a number as text' },
    { value: { replicas: 3.5 }, expected: ['INVALID_NUMBER spec.replicas'], reason: 'a fraction' },
    { value: { replicas: -1 }, expected: ['INVALID_NUMBER spec.replicas'], reason: 'too small' },
    { value: { replicas: 10 }, expected: ['INVALID_NUMBER spec.replicas'], reason: 'too big' },
    { value: { replicas: 1, size: 'huge' }, expected: ['INVALID_VALUE spec.size'], reason: 'outside the set' },
    {
      value: { replicas: 1, ports: [{ port: 1 }, { port: 'x' }] },
      expected: ['INVALID_NUMBER spec.ports[1].port'],
      reason: 'inside a list',
    },
    {
      value: { replicas: 1, ports: [{ port: 1 }, { port: 1 }, { port: 1 }] },
      expected: ['TOO_MANY_ITEMS spec.ports'],
      reason: 'too many',
    },
    {
      value: { replicas: 1, check: { type: 'http', port: 1 } },
      expected: ['MISSING_FIELD spec.check.path'],
      reason: 'union',
    },
    {
      value: { replicas: 1, check: { type: 'ftp' } },
      expected: ['INVALID_VALUE spec.check.type'],
      reason: 'no such type',
    },
    {
      value: { replicas: 1, timeout: '5 parsecs' },
      expected: ['INVALID_VALUE spec.timeout'],
      reason: 'union of types',
    },
    {
      value: { replica: 1, size: 1 },
      expected: ['MISSING_FIELD spec.replicas', 'INVALID_VALUE spec.size', 'UNKNOWN_FIELD spec.replica'],
      reason: 'everything at once',
    },
  ])('$reason → $expected', ({ value, expected }) => {
    expect(shown(value)).toEqual(expected);
  });

  test('minus zero is zero, and no fault', () => {
    expect(shown({ replicas: -0 })).toEqual([]);
  });

  test.each([
    { value: { replicas: 1, replcas: 1 }, remedy: 'did you mean replicas?', reason: 'a near miss' },
    {
      value: { replicas: 1, ports: [{ port: 1, prt: 1 }] },
      remedy: 'did you mean port?',
      reason: 'a near miss inside a list',
    },
    {
      value: { replicas: 1, zzzzzzzz: 1 },
      remedy: 'use one of replicas, size, ports, check, timeout, env',
      reason: 'nothing near: what there is',
    },
  ])('$reason → $remedy', ({ value, remedy }) => {
    expect(errorsOf(value)[0]?.remedy).toBe(remedy);
  });

  test('a wrong type of a union says which there are', () => {
    expect(errorsOf({ replicas: 1, check: { type: 'ftp' } })[0]?.message).toContain('choose one of http, tcp');
  });

  test('a near miss inside a union says what was meant', () => {
    const errors = errorsOf({ replicas: 1, check: { type: 'tcp', port: 1, prt: 1 } });
    expect(errors[0]?.remedy).toBe('did you mean port?');
  });

  test('a key that does not fit says why, and never shows the value below it', () => {
    const [error] = errorsOf({ replicas: 1, env: { 'bad-name': 'hunter2' } });
    expect(error?.message).toContain('is no name of a variable');
    expect(error?.message).not.toContain('hunter2');
  });
});

test.each([
  { path: [], root: '', shown: '$' },
  { path: [], root: 'spec', shown: 'spec' },
  { path: ['ports', 0, 'port'], root: 'spec', shown: 'spec.ports[0].port' },
  { path: ['a'], root: '', shown: 'a' },
])('a path reads $shown', ({ path, root, shown }) => {
  expect(showPath(path, root)).toBe(shown);
});
