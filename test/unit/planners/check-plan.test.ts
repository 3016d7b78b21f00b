import { describe, expect, test } from 'vitest';
import { toCodedErrors } from '../../../src/domain/failure.ts';
import type { ExecutionPlan, StepDraft } from '../../../src/domain/plan.ts';
import { checkPlan } from '../../../src/planners/check-plan.ts';
import { toExecutionPlan } from '../../../src/planners/to-execution-plan.ts';
import { attachDisk, draft, makeDisk, tools } from './scripted-tools.ts';

function refusalsOf(drafts: readonly StepDraft[], change: Partial<ExecutionPlan> = {}): string[] {
  try {
    checkPlan({ ...toExecutionPlan(drafts, tools, 'because'), ...change }, tools);
    return [];
  } catch (error) {
    const errors = toCodedErrors(error);
    if (errors.length === 0) throw error;
    for (const { remedy } of errors) expect(remedy).toBeDefined();
    return errors.map(({ code, path, problem }) => `${code} ${path} ${problem.split(':', 1)[0]}`);
  }
}
const good = draft('make_disk', { size: 1 });
const ref = (text: string) => ({ $ref: text });

describe('a plan is refused before anything of it runs', () => {
  test.each([
    {
      drafts: [good, draft('no_such', {})],
      at: 'steps[1].toolName unknown_tool',
      reason: 'a tool that does not exist',
    },
    { drafts: [draft('Make_Disk', { size: 1 })], at: 'steps[0].toolName unknown_tool', reason: 'the wrong case' },
    { drafts: [draft('terminate_instance', {})], at: 'steps[0].toolName unknown_tool', reason: "another agent's tool" },
    { drafts: [draft('constructor', {})], at: 'steps[0].toolName unknown_tool', reason: 'a name every object has' },
    { drafts: [draft('make_disk', {})], at: 'steps[0].parameters.size schema', reason: 'a parameter is missing' },
    { drafts: [draft('make_disk', { size: 1, x: 1 })], at: 'steps[0].parameters.x schema', reason: 'one too many' },
    { drafts: [draft('make_disk', { size: '1' })], at: 'steps[0].parameters.size schema', reason: 'the wrong type' },
    { drafts: [draft('make_disk', { size: 0 })], at: 'steps[0].parameters.size schema', reason: 'outside its range' },
    {
      drafts: [draft('make_disk', { size: 1, kind: 'tape' })],
      at: 'steps[0].parameters.kind schema',
      reason: 'outside the set',
    },
    {
      drafts: [draft('attach_disk', { disk: ref('steps.s2.result.id') }), good],
      at: 'steps[0].parameters.disk bad_dependency',
      reason: 'it refers to a later step',
    },
    {
      drafts: [draft('attach_disk', { disk: ref('steps.s1.result.id') })],
      at: 'steps[0].parameters.disk bad_dependency',
      reason: 'it refers to itself',
    },
    {
      drafts: [
        draft('attach_disk', { disk: ref('steps.s2.result.id') }),
        draft('attach_disk', { disk: ref('steps.s1.result.id') }),
      ],
      at: 'steps[0].parameters.disk bad_dependency',
      reason: 'a cycle',
    },
    {
      drafts: [good, draft('attach_disk', { disk: ref('steps.s9.result.id') })],
      at: 'steps[1].parameters.disk bad_dependency',
      reason: 'it refers to a step that is not there',
    },
    {
      drafts: [good, draft('attach_disk', { disk: ref('steps.s1.result.name') })],
      at: 'steps[1].parameters.disk bad_dependency',
      reason: 'the result has no such field',
    },
    {
      drafts: [good, draft('attach_disk', { disk: ref('steps.s1.result.__proto__') })],
      at: 'steps[1].parameters.disk bad_dependency',
      reason: 'the field is one that every object inherits',
    },
    {
      drafts: [good, draft('attach_disk', { disk: ref('steps.s1.parameters.id') })],
      at: 'steps[1].parameters.disk bad_dependency',
      reason: 'it is not of the form of a reference',
    },
    {
      drafts: [good, draft('attach_disk', { disk: 'd', tags: [{ deep: ref('x') }] })],
      at: 'steps[1].parameters.tags.0.deep bad_dependency',
      reason: 'one deep inside is not',
    },
    {
      drafts: [good, draft('attach_disk', { disk: ref('steps.s1.result.size') })],
      at: 'steps[1].parameters.disk schema',
      reason: 'what it refers to is of another type',
    },
    {
      drafts: [good, draft('attach_disk', { disk: ref('steps.s1.result.id'), slot: 'x' })],
      at: 'steps[1].parameters.slot schema',
      reason: 'the other parameters are checked too',
    },
  ])('$reason → $at', ({ drafts, at }) => {
    expect(refusalsOf(drafts)).toContain(`PLAN_INVALID ${at}`);
  });

  test('51 steps → PLAN_TOO_LONG, 50 are a plan', () => {
    expect(refusalsOf(Array.from({ length: 51 }, () => draft('make_disk', { size: 1 })))).toEqual([
      'PLAN_TOO_LONG steps at most 50 steps',
    ]);
    expect(refusalsOf(Array.from({ length: 50 }, () => draft('make_disk', { size: 1 })))).toEqual([]);
  });

  test('all that is wrong is said at once', () => {
    expect(refusalsOf([draft('no_such', {}), draft('make_disk', { x: 1 })])).toHaveLength(3);
  });

  test.each([
    { parameters: JSON.parse('{"size":1,"__proto__":1}') as object, code: 'FORBIDDEN_KEY', reason: '__proto__' },
    { parameters: { size: 1, x: '\ud800' }, code: 'INVALID_UNICODE', reason: 'a lone surrogate' },
    { parameters: { size: Number.POSITIVE_INFINITY }, code: 'INVALID_NUMBER', reason: '1e999' },
    { parameters: { size: 1, x: 'x'.repeat(300_000) }, code: 'TOO_LARGE', reason: '300 KB' },
  ])('$reason in parameters → $code', ({ parameters, code }) => {
    const plan = {
      steps: [
        {
          id: 's1',
          toolName: 'make_disk',
          parameters: parameters as never,
          description: '',
          riskLevel: 'safe' as const,
        },
      ],
      riskLevel: 'safe' as const,
      reasoning: '',
    };
    expect(() => checkPlan(plan, tools)).toThrow(expect.objectContaining({ code }));
  });

  test('references of the right type pass, typed or as data', () => {
    const disk = makeDisk.step({ size: 1 });
    expect(refusalsOf([disk, attachDisk.step({ disk: disk.result.id, slot: disk.result.size })])).toEqual([]);
    expect(refusalsOf([good, draft('attach_disk', { disk: ref('steps.s1.result.where.host') })])).toEqual([]);
    expect(refusalsOf([])).toEqual([]);
  });
});

describe('an agent that makes its plans itself', () => {
  const step = { toolName: 'make_disk', parameters: { size: 1 }, description: '', riskLevel: 'moderate' as const };

  test('gives two steps one id → refused: the second would count as done', () => {
    const steps = [
      { ...step, id: 's1' },
      { ...step, id: 's1', parameters: { size: 2 } },
    ];
    expect(refusalsOf([], { steps })).toEqual([expect.stringContaining('steps[1].id')]);
  });

  test('gives an id that is a path → refused: it is part of a key', () => {
    expect(refusalsOf([], { steps: [{ ...step, id: '../../../desired/x' }] })).toHaveLength(1);
  });

  test('gives no plan at all → a coded error', () => {
    expect(() => checkPlan(undefined as never, tools)).toThrow(expect.objectContaining({ code: 'PLAN_INVALID' }));
  });
});
