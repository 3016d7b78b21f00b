import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { JsonValue } from '../../../src/domain/json.ts';
import { defineTool } from '../../../src/tools/define-tool.ts';
import {
  listReferences,
  resolveReferences,
  toPlanParameters,
  toPlanReference,
} from '../../../src/tools/step-reference.ts';

const makeDisk = defineTool({
  name: 'make_disk',
  description: 'Makes a disk',
  riskLevel: 'moderate',
  parameters: z.strictObject({ size: z.int() }),
  result: z.strictObject({ id: z.string(), size: z.int(), where: z.strictObject({ host: z.string() }) }),
  execute: async () => ({ id: '', size: 0, where: { host: '' } }),
});
const attach = defineTool({
  name: 'attach',
  description: 'Attaches disks',
  riskLevel: 'moderate',
  parameters: z.strictObject({ disks: z.array(z.string()), host: z.string(), size: z.int().optional() }),
  result: z.strictObject({}),
  execute: async () => ({}),
});

describe('a typed reference', () => {
  test('becomes data with the id its step was given, at every depth', () => {
    const disk = makeDisk.step({ size: 1 });
    const draft = attach.step({ disks: ['a', disk.result.id], host: disk.result.where.host, size: undefined });
    expect(toPlanParameters(draft.parameters, (other) => (other === disk ? 's1' : undefined))).toEqual({
      disks: ['a', { $ref: 'steps.s1.result.id' }],
      host: { $ref: 'steps.s1.result.where.host' },
    });
  });

  test('to a whole result has no field', () => {
    const disk = makeDisk.step({ size: 1 });
    expect(toPlanParameters({ all: disk.result }, () => 's2')).toEqual({ all: { $ref: 'steps.s2.result' } });
  });

  test('to a step that is not in the plan is malformed, so the plan is refused', () => {
    const parameters = toPlanParameters({ id: makeDisk.step({ size: 1 }).result.id }, () => undefined);
    expect(listReferences(parameters)).toEqual([{ at: 'id', reference: 'malformed' }]);
  });

  test('is no part of the step as data', () => {
    expect(JSON.parse(JSON.stringify(makeDisk.step({ size: 1 }, 'make one')))).toEqual({
      toolName: 'make_disk',
      parameters: { size: 1 },
      description: 'make one',
    });
    expect(makeDisk.step({ size: 1 }).description).toBe('Makes a disk');
  });
});

describe('a reference in a plan', () => {
  test.each([
    { value: { $ref: 'steps.s1.result' }, expected: { step: 's1', path: [] } },
    { value: { $ref: 'steps.s12.result.a.b_2' }, expected: { step: 's12', path: ['a', 'b_2'] } },
  ])('$value.$ref points somewhere', ({ value, expected }) => {
    expect(toPlanReference(value)).toEqual(expected);
  });

  test.each([
    { value: { $ref: 'steps.s1.result', extra: 1 }, reason: 'not alone' },
    { value: { $ref: 7 }, reason: 'not text' },
    { value: { $ref: 'steps.s1' }, reason: 'no result' },
    { value: { $ref: 'steps.1.result' }, reason: 'no step' },
    { value: { $ref: 'steps.s1.result..a' }, reason: 'an empty field' },
    { value: { $ref: 'steps.s1.result.a-b' }, reason: 'characters no field has' },
    { value: { $ref: 'steps.s1.parameters.a' }, reason: 'not a result' },
    { value: { $ref: 'xsteps.s1.result' }, reason: 'text before it' },
    { value: { $ref: 'steps.s1.result\n' }, reason: 'a line break behind it' },
    { value: { $ref: 'steps.s1000.result' }, reason: 'a step no plan has' },
  ])('is malformed: $reason', ({ value }) => {
    expect(toPlanReference(value as JsonValue)).toBe('malformed');
  });

  test.each([{ ref: 'x' }, [], 'steps.s1.result', null, 7])('%j is none', (value) => {
    expect(toPlanReference(value)).toBeUndefined();
  });

  test('is listed with where it stands', () => {
    const parameters = { a: [{ b: { $ref: 'steps.s1.result' } }], c: { $ref: 'no' }, d: 'steps.s1.result' };
    expect(listReferences(parameters)).toEqual([
      { at: 'a.0.b', reference: { step: 's1', path: [] } },
      { at: 'c', reference: 'malformed' },
    ]);
  });

  test.each([7, true, null, [1, { a: 'b' }], { a: 1 }, 'text'])('resolves to %j with its type kept', (value) => {
    const resolved = resolveReferences({ keep: 'x', list: [{ $ref: 'steps.s1.result.a' }] }, () => value);
    expect(resolved).toEqual({ keep: 'x', list: [value] });
  });

  test('in what it resolves to is data: a result cannot refer on', () => {
    const resolved = resolveReferences({ a: { $ref: 'steps.s1.result' } }, () => ({ $ref: 'steps.s2.result' }));
    expect(resolved).toEqual({ a: { $ref: 'steps.s2.result' } });
  });

  test('inside text is text: nothing is ever spliced', () => {
    const text = { a: '{"$ref":"steps.s1.result"} ${steps.s1.result}' };
    expect(resolveReferences(text, () => 'never')).toEqual(text);
  });
});
