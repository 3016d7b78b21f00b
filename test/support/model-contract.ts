import { expect, test } from 'vitest';
import { z } from 'zod';
import type { GenerateRequest, LanguageModel } from '../../src/llm/language-model.ts';

/** An answer like a plan: a union over tools, a map, a field that may be left out, any value, constraints. */
export const planSchema = z.strictObject({
  reasoning: z.string().min(1).describe('Why, in one sentence.'),
  steps: z
    .array(
      z.discriminatedUnion('toolName', [
        z.strictObject({
          toolName: z.literal('create_instance'),
          name: z.string().regex(/^[a-z][a-z0-9-]*$/),
          memoryMb: z.int().min(64).max(65_536),
          labels: z.record(z.string(), z.string()).describe('Labels to put on it.'),
          note: z.string().optional(),
        }),
        z.strictObject({ toolName: z.literal('delete_instance'), name: z.string(), force: z.boolean().default(false) }),
      ]),
    )
    .max(5),
});
export type TestPlan = z.output<typeof planSchema>;

export const goodPlan: TestPlan = {
  reasoning: 'web-01 is wanted and absent — «naïve» 🚀',
  steps: [
    { toolName: 'create_instance', name: 'web-01', memoryMb: 512, labels: { env: 'test', 'app/tier': 'web' } },
    { toolName: 'delete_instance', name: 'web-00', force: true },
  ],
};

export function planRequest(overrides: Partial<GenerateRequest<TestPlan>> = {}): GenerateRequest<TestPlan> {
  return {
    system: 'You plan changes of infrastructure. Do what the user asks, with the tools there are, and nothing more.',
    messages: [
      {
        role: 'user',
        content: 'Create the instance web-01 with 512 MB of memory and the label env=test. Delete nothing.',
      },
    ],
    tools: [
      { name: 'create_instance', description: 'Creates an instance.', parameters: { type: 'object' } },
      { name: 'delete_instance', description: 'Deletes an instance for good.', parameters: { type: 'object' } },
    ],
    answer: planSchema,
    maxTokens: 2_000,
    signal: new AbortController().signal,
    deadlineMs: 2_000,
    ...overrides,
  };
}

/** What a real model can be held to as well; a fake is made ready by `prepare`. */
export function describeAnswering(model: () => LanguageModel, prepare: () => void, deadlineMs: number): void {
  test('answers in the shape that was asked for, and says what it cost', async () => {
    prepare();
    const result = await model().generate(planRequest({ deadlineMs }));
    expect(planSchema.parse(result.value)).toEqual(result.value);
    expect(result.value.steps[0]).toMatchObject({ toolName: 'create_instance', name: 'web-01', memoryMb: 512 });
    expect(result.usage.inputTokens).toBeGreaterThan(0);
    expect(result.usage.outputTokens).toBeGreaterThan(0);
    expect(result.model).not.toBe('');
    expect(['stop', 'tool_call']).toContain(result.finishReason);
    expect(result.rawLength).toBeGreaterThan(0);
  });
}
