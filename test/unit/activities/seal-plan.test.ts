import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { modeAnnotation } from '../../../src/domain/mode.ts';
import type { StepDraft } from '../../../src/domain/plan.ts';
import { sealOf, stepDigestOf } from '../../../src/domain/sealed-plan.ts';
import type { RiskFacts } from '../../../src/tools/tool.ts';
import { createBench, now } from './activity-bench.ts';

const make = (parameters: object, riskLevel?: string): StepDraft => ({
  toolName: 'make_box',
  parameters: parameters as StepDraft['parameters'],
  description: 'x',
  ...(riskLevel === undefined ? {} : { riskLevel: riskLevel as 'safe' }),
});
const benchFor = (steps: readonly StepDraft[]) => createBench({ override: { rules: { create: () => steps } } });

describe('sealing a plan', () => {
  test('covers every step, the resource, what is desired and when it expires', async () => {
    const bench = createBench();
    const revision = await bench.putBox({ size: 1 });
    const { seal, content, plan } = await bench.sealed();
    expect(seal).toBe(sealOf(content));
    expect(content.stepDigests).toEqual(plan.steps.map(stepDigestOf));
    expect(content).toMatchObject({
      tenant: 'default',
      resourceId: String(revision),
      workflowId: 'reconcile.default.Box.a',
      firstRunId: 'run-1',
      pass: 1,
      expiresAt: now + 1_000,
    });
  });

  test('is the same for the same facts, another for another pass, run, label or spec', async () => {
    const bench = createBench();
    await bench.putBox({ size: 1 });
    const first = (await bench.sealed()).seal;
    expect((await bench.sealed()).seal).toBe(first);
    const others = [(await bench.sealed({ pass: 2 })).seal, (await bench.sealed({ firstRunId: 'run-2' })).seal];
    await bench.putBox({ size: 1 }, { labels: { a: 'b' } });
    others.push((await bench.sealed()).seal);
    await bench.putBox({ size: 2 }, { labels: { a: 'b' } });
    others.push((await bench.sealed()).seal);
    expect(new Set([first, ...others]).size).toBe(5);
  });

  test('gives each step what the interpreter needs', async () => {
    const bench = createBench();
    await bench.putBox({ size: 1 });
    const { plan, queue, needsApproval, waitReason } = await bench.sealed();
    expect([queue, needsApproval, waitReason]).toEqual(['homeostat-tools', false, undefined]);
    expect(plan.steps[0]).toMatchObject({
      id: 's1',
      queue: 'homeostat-tools',
      onFailure: 'abort',
      timeoutMs: 30_000,
      maximumAttempts: 3,
      summary: '[1/1] make_box(a)',
    });
    expect(plan.steps[0]?.gate).toBeUndefined();
  });
});

test.each([
  { size: 1, waitReason: 'ModePropose', reason: 'every plan does' },
  { size: 200, waitReason: 'Dangerous', reason: 'it is dangerous, and every plan does' },
])('a plan that waits because $reason says $waitReason', async ({ size, waitReason }) => {
  const bench = createBench();
  await bench.putBox({ size }, { annotations: { [modeAnnotation]: 'propose' } });
  expect((await bench.sealed()).waitReason).toBe(waitReason);
});

describe('the risk of a step', () => {
  test.each([
    { step: make({ size: 1 }), expected: 'moderate', reason: "the tool's own" },
    { step: make({ size: 1 }, 'safe'), expected: 'moderate', reason: 'a claim never lowers it' },
    { step: make({ size: 1 }, 'dangerous'), expected: 'dangerous', reason: 'a claim raises it' },
    { step: make({ size: 1, replace: true }), expected: 'dangerous', reason: 'its parameters raise it' },
    { step: make({ size: 200 }, 'safe'), expected: 'dangerous', reason: 'its parameters raise it against a claim' },
  ])('$reason → $expected', async ({ step, expected }) => {
    const bench = benchFor([step]);
    await bench.putBox({ size: 1 });
    const { plan, needsApproval } = await bench.sealed();
    expect(plan.steps[0]?.riskLevel).toBe(expected);
    expect(plan.riskLevel).toBe(expected);
    expect(needsApproval).toBe(expected === 'dangerous');
    expect(plan.steps[0]?.gate !== undefined).toBe(expected === 'dangerous');
  });

  test.each([
    { labels: { env: 'production' }, reason: 'the new labels' },
    { labels: {}, reason: 'the labels last applied: taking one off is judged with it' },
  ])('is raised by $reason', async ({ labels }) => {
    const bench = createBench();
    await bench.converged(1, { labels: { env: 'production' } });
    await bench.putBox({ size: 2 }, { labels });
    expect((await bench.sealed()).plan.riskLevel).toBe('dangerous');
  });

  test('is judged by the specs last applied and new, defaults filled in', async () => {
    const seen: unknown[] = [];
    const raiseRisk = (_: object, { specs }: RiskFacts) => {
      seen.push(specs);
      return 'moderate';
    };
    const bench = createBench({ override: { makeBox: { raiseRisk } } });
    await bench.putBox({ size: 1 });
    await bench.sealed();
    await bench.converged(1);
    await bench.putBox({ size: 2 });
    await bench.sealed();
    const [first, second] = [1, 2].map((size) => ({ size, color: 'red' }));
    expect(seen).toEqual([[first], [first, second]]);
  });

  test('one dangerous step makes the whole plan wait, and only that step has a gate', async () => {
    const bench = benchFor([make({ size: 1 }), { toolName: 'drop_box', parameters: {}, description: 'x' }]);
    await bench.putBox({ size: 1 });
    const sealed = await bench.sealed();
    expect(sealed.needsApproval).toBe(true);
    expect(sealed.plan.steps.map((step) => step.gate !== undefined)).toEqual([false, true]);
  });

  test('is judged on a parameter that comes from an earlier result: not known means as bad as can be', async () => {
    const look: StepDraft = { toolName: 'look', parameters: {}, description: 'x' };
    const bench = benchFor([look, make({ size: { $ref: 'steps.s1.result.size' } })]);
    await bench.putBox({ size: 1 });
    expect((await bench.sealed()).plan.steps[1]?.riskLevel).toBe('dangerous');
  });

  test('is judged on what the tool will get: a default that raises it counts', async () => {
    const bench = createBench({
      override: {
        rules: { create: () => [make({ size: 1 })] },
        makeBox: {
          parameters: z.strictObject({ size: z.int(), replace: z.boolean().default(true) }),
        },
      },
    });
    await bench.putBox({ size: 1 });
    expect((await bench.sealed()).plan.riskLevel).toBe('dangerous');
  });

  test('that a tool names wrongly is not taken for safe', async () => {
    const bench = createBench({ override: { makeBox: { raiseRisk: () => 'critical' } } });
    await bench.putBox({ size: 1 });
    expect((await bench.sealed()).plan.riskLevel).toBe('dangerous');
  });
});
