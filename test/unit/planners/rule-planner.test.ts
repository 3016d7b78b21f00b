import { describe, expect, test } from 'vitest';
import { deltaOf, type Delta } from '../../../src/domain/delta.ts';
import { checkPlan } from '../../../src/planners/check-plan.ts';
import type { PlanRequest } from '../../../src/planners/planner.ts';
import { createRulePlanner, type AnyRules } from '../../../src/planners/rule-planner.ts';
import { toExecutionPlan } from '../../../src/planners/to-execution-plan.ts';
import { attachDisk, draft, makeDisk, tools } from './scripted-tools.ts';

const resource = { tenant: 'default', kind: 'Disk', name: 'a' };
const state = (spec: object, status?: object) => ({
  resource,
  labels: {},
  annotations: {},
  spec,
  ...(status && { status }),
});

function request(delta: Delta, change: Partial<PlanRequest> = {}): PlanRequest {
  return { kind: 'Disk', delta, tools, failures: [], signal: AbortSignal.timeout(1_000), ...change };
}
const rules: AnyRules = {
  create: ({ desired }) => [makeDisk.step({ size: desired.spec.size })],
  update: ({ desired, actual }) =>
    actual.status.size > desired.spec.size
      ? undefined
      : { steps: [makeDisk.step({ size: desired.spec.size })], reasoning: 'it grows' },
  delete: () => [attachDisk.step({ disk: 'a' })],
};
const planner = createRulePlanner({ Disk: rules });

describe('rules', () => {
  test.each([
    {
      delta: deltaOf({ size: 1 }, undefined),
      change: { desired: state({ size: 1 }) },
      expected: ['make_disk'],
      reasoning: 'wanted, and absent',
    },
    {
      delta: deltaOf({ size: 2 }, { size: 1 }),
      change: { desired: state({ size: 2 }), actual: state({}, { size: 1 }) },
      expected: ['make_disk'],
      reasoning: 'it grows',
    },
    {
      delta: deltaOf(undefined, { size: 1 }),
      change: { actual: state({ size: 1 }, { size: 1 }) },
      expected: ['attach_disk'],
      reasoning: 'present, and not wanted any more',
    },
    {
      delta: deltaOf({ size: 1 }, { size: 1 }),
      change: { desired: state({ size: 1 }), actual: state({}, { size: 1 }) },
      expected: [],
      reasoning: 'nothing to do: actual is as desired',
    },
  ])('$delta.type → $expected', async ({ delta, change, expected, reasoning }) => {
    const plan = await planner.plan(request(delta, change));
    expect(plan.steps.map(({ toolName }) => toolName)).toEqual(expected);
    expect(plan.reasoning).toBe(reasoning);
    expect(await planner.plan(request(delta, change))).toEqual(plan);
    expect(() => checkPlan(plan, tools)).not.toThrow();
  });

  test.each([
    { rules, kind: 'Disk', reason: 'a rule that does not know this update' },
    { rules: {}, kind: 'Disk', reason: 'no rule for updates' },
    { rules, kind: 'Other', reason: 'no rules for the kind' },
  ])('$reason → NO_RULE, naming the model as the way out', async ({ rules, kind }) => {
    const asked = createRulePlanner({ Disk: rules }).plan(
      request(deltaOf({ size: 1 }, { size: 2 }), {
        kind,
        desired: state({ size: 1 }),
        actual: state({}, { size: 2 }),
      }),
    );
    await expect(asked).rejects.toMatchObject({
      code: 'NO_RULE',
      path: 'Disk/a',
      remedy: expect.stringContaining('language model') as string,
      message: expect.stringContaining('(got size)') as string,
    });
  });
});

describe('a plan from proposed steps', () => {
  test('has the ids s1, s2, … and the risk of its highest step', () => {
    const disk = makeDisk.step({ size: 1 });
    const plan = toExecutionPlan([disk, attachDisk.step({ disk: disk.result.id })], tools, 'why');
    expect(plan).toMatchObject({
      riskLevel: 'dangerous',
      reasoning: 'why',
      steps: [
        { id: 's1', toolName: 'make_disk', riskLevel: 'moderate' },
        { id: 's2', parameters: { disk: { $ref: 'steps.s1.result.id' } }, riskLevel: 'dangerous' },
      ],
    });
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  test.each([
    { claim: 'safe', expected: 'moderate', reason: 'a claim below the tool changes nothing' },
    { claim: 'dangerous', expected: 'dangerous', reason: 'a claim above it raises' },
    { claim: 'none-at-all', expected: 'moderate', reason: 'a claim that is no risk changes nothing' },
    { claim: undefined, expected: 'moderate', reason: 'no claim' },
  ])('$reason', ({ claim, expected }) => {
    expect(toExecutionPlan([draft('make_disk', { size: 1 }, claim)], tools, '').riskLevel).toBe(expected);
  });

  test('without steps is safe', () => {
    expect(toExecutionPlan([], tools, '')).toEqual({ steps: [], riskLevel: 'safe', reasoning: '' });
  });
});
