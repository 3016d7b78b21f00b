import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import { createKindCheck } from '../../../src/starters/check-against-kind.ts';

const checkFor = (spec: JsonObject, kind = 'Widget') =>
  createKindCheck({ kind, agent: 'widgets', immutable: [], spec, status: {} });

test.each([
  { reason: 'a type that there is not', spec: { type: 'strnig' } },
  { reason: 'a keyword with a wrong value', spec: { properties: 7 } },
  { reason: 'a reference to nowhere', spec: { $ref: '#/$defs/none' } },
  { reason: 'a pattern that is none', spec: { properties: { a: { pattern: '(' } } } },
])('a published schema with $reason → INVALID_KIND', ({ spec }) => {
  expect(() => checkFor(spec as JsonObject).checkSpec({})).toThrow(
    expect.objectContaining({ code: 'INVALID_KIND', path: 'kinds/Widget' }),
  );
});

test('a pattern that only holds without the flag u is taken', () => {
  const check = checkFor({ properties: { name: { type: 'string', pattern: '^[\\w-.]+$' } } });
  expect(check.checkSpec({ name: 'a-b.c' }).errors).toEqual([]);
  expect(check.checkSpec({ name: '!' }).errors).toHaveLength(1);
});

test('two kinds with one $id do not meet', () => {
  const $id = 'https://schemas.invalid/spec';
  const number = checkFor({ $id, properties: { size: { type: 'number' } } }, 'One');
  const text = checkFor({ $id, properties: { size: { type: 'string' } } }, 'Two');
  expect(number.checkSpec({ size: 1 }).errors).toEqual([]);
  expect(text.checkSpec({ size: 'L' }).errors).toEqual([]);
  expect(text.checkSpec({ size: 1 }).errors).toHaveLength(1);
});

test('defaults are filled into what is compared, not into what a person wrote', () => {
  const written = {};
  expect(checkFor({ properties: { size: { default: 3 } } }).checkSpec(written).spec).toEqual({ size: 3 });
  expect(written).toEqual({});
});
