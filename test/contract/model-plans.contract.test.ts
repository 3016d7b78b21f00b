import { describe, expect, test } from 'vitest';
import { HomeostatError } from '../../src/domain/failure.ts';
import type { PlanQuestion } from '../../src/domain/plan-question.ts';
import { answerName } from '../../src/llm/answer-schema.ts';
import { defineTool, z } from '../../src/index.ts';
import type { Conversation } from '../../src/planners/converse.ts';
import { planByModel, type ModelPlan } from '../../src/planners/model-planner.ts';
import type { FakeTurn } from '../support/fake-model-server.ts';
import { setUpBench } from '../support/model-bench.ts';
import { modelSubjects } from '../support/model-subjects.ts';

/*
 * What models write instead of a plan, through every provider's adapter and protocol: rows 49 to 71 of
 * spec/bad-inputs.md. Each is told to the model with its kind and its place, at most twice, and no tool ever runs.
 */
let executed = 0;
const count = async () => {
  executed += 1;
  return { size: 1 };
};
const tools = [
  defineTool({
    name: 'resize',
    description: 'Resizes a thing',
    riskLevel: 'moderate',
    effect: 'write',
    conditional: true,
    parameters: z.strictObject({
      size: z.int().min(0).max(9),
      mode: z.enum(['fast', 'slow']).default('fast'),
      host: z
        .string()
        .regex(/^[a-z0-9-]+$/)
        .optional(),
    }),
    result: z.strictObject({ size: z.int() }),
    execute: count,
  }),
  defineTool({
    name: 'look',
    description: 'Looks at a thing',
    riskLevel: 'safe',
    parameters: z.strictObject({ place: z.int().optional() }),
    result: z.strictObject({ size: z.int() }),
    execute: count,
  }),
];
const question: PlanQuestion = {
  format: 1,
  resource: { tenant: 'default', kind: 'Thing', name: 'a' },
  agent: 'things',
  delta: { type: 'update', changes: [{ path: 'size', wanted: 2, observed: 1 }] },
  policy: 'p',
  failures: [],
};

const step = (toolName: string, parameters: object, riskLevel = 'moderate') => ({
  toolName,
  parameters,
  description: 'a step',
  riskLevel,
});
const plan = (...steps: readonly object[]): FakeTurn => ({ kind: 'answer', value: { reasoning: 'because', steps } });
const good = plan(step('resize', { size: 2 }));
const text = (said: string, stop: 'stop' | 'length' = 'stop'): FakeTurn => ({ kind: 'text', text: said, stop });
const json = JSON.stringify({ reasoning: 'because', steps: [step('resize', { size: 2 })] });
const reference = (to: string) => ({ $ref: `steps.${to}.result.size` });

const bad: readonly { row: number; what: string; turn: FakeTurn; told: readonly string[] }[] = [
  { row: 49, what: 'white space only', turn: text(' \n\t '), told: ['empty'] },
  { row: 50, what: 'prose', turn: text('First I would look at it.'), told: ['not_json'] },
  { row: 51, what: 'two fences', turn: text(`\`\`\`json\n${json}\n\`\`\`\nor\n\`\`\`json\n${json}\n\`\`\``), told: ['ambiguous'] },
  { row: 53, what: 'a text cut in the middle', turn: text(json.slice(0, 40), 'length'), told: ['truncated'] },
  { row: 54, what: 'single quotes', turn: text("{'reasoning': 'r', 'steps': []}"), told: ['not_json'] },
  { row: 54, what: 'a comment', turn: text('{"reasoning": "r", /* none */ "steps": []}'), told: ['not_json'] },
  { row: 54, what: 'a trailing comma', turn: text('{"reasoning": "r", "steps": [],}'), told: ['not_json'] },
  { row: 54, what: 'NaN', turn: text('{"reasoning": "r", "steps": [NaN]}'), told: ['not_json'] },
  { row: 55, what: 'a list', turn: text('[]'), told: ['expected an object'] },
  { row: 55, what: 'another shape', turn: text('{"plan": {}}'), told: ['plan'] },
  { row: 55, what: 'steps that are a text', turn: text('{"reasoning": "r", "steps": "none"}'), told: ['steps', 'expected a list'] },
  { row: 56, what: 'an unknown tool', turn: plan(step('look', {}), step('look', { place: 1 }), step('reboot', {})), told: ['unknown_tool', 'steps[2].toolName'] },
  { row: 56, what: 'a tool in the wrong case', turn: plan(step('Resize', { size: 2 })), told: ['unknown_tool', 'did you mean resize?'] },
  { row: 57, what: 'a missing parameter', turn: plan(step('resize', {})), told: ['schema', 'steps[0].parameters.size'] },
  { row: 57, what: 'an extra parameter', turn: plan(step('resize', { size: 2, force: true })), told: ['schema', 'force'] },
  { row: 57, what: 'a parameter of the wrong type', turn: plan(step('resize', { size: 'big' })), told: ['schema', 'steps[0].parameters.size'] },
  { row: 57, what: 'a parameter outside its enum', turn: plan(step('resize', { size: 2, mode: 'now' })), told: ['schema', 'steps[0].parameters.mode'] },
  { row: 60, what: '60 steps', turn: plan(...Array.from({ length: 60 }, (_, place) => step('look', { place }))), told: ['PLAN_TOO_LONG'] },
  { row: 60, what: 'the same step 40 times', turn: plan(...Array.from({ length: 40 }, () => step('look', {}))), told: ['duplicate_step', 'steps[1]'] },
  { row: 61, what: 'a reference to a later step', turn: plan(step('resize', { size: reference('s2') }), step('look', {})), told: ['bad_dependency'] },
  { row: 61, what: 'a reference to no step', turn: plan(step('resize', { size: reference('s9') })), told: ['bad_dependency'] },
  { row: 61, what: 'a cycle', turn: plan(step('resize', { size: reference('s1') })), told: ['bad_dependency'] },
  { row: 65, what: 'shell text where a pattern forbids it', turn: plan(step('resize', { size: 2, host: 'x; rm -rf /' })), told: ['schema', 'steps[0].parameters.host'] },
  { row: 65, what: 'a substitution', turn: plan(step('resize', { size: 2, host: '$(id)' })), told: ['schema', 'steps[0].parameters.host'] },
]; // prettier-ignore

describe.each(modelSubjects)('$provider', (subject) => {
  const { server, adapter } = setUpBench(subject);
  const askWithin = async (deadlineMs: number, ...turns: readonly FakeTurn[]): Promise<Conversation<ModelPlan>> => {
    server.expect(...turns);
    executed = 0;
    const planning = await planByModel(adapter(), {
      question,
      purpose: 'Keeps things.',
      tools,
      judge: async (steps) =>
        steps.some(({ parameters }) => JSON.stringify(parameters).includes('Thing/ghost'))
          ? [new HomeostatError('PLAN_INVALID', { path: 'steps[0]', problem: 'unknown_resource: nobody wrote it' })]
          : [],
      signal: new AbortController().signal,
      deadlineMs,
    });
    expect(executed).toBe(0);
    return planning;
  };
  const ask = (...turns: readonly FakeTurn[]) => askWithin(5_000, ...turns);

  test.each(bad)('row $row: $what is sent back with kind and place, and mended', async ({ turn, told }) => {
    const planning = await ask(turn, good);
    expect(planning).toMatchObject({ calls: 2, outcome: { type: 'answered' } });
    const repair = planning.messages.at(-2)!;
    expect(repair.role).toBe('user');
    for (const word of told) expect(repair.content).toContain(word);
  });

  test('what stays bad is given up after two repairs, and all three answers are paid for', async () => {
    const planning = await ask(bad[1]!.turn, bad[2]!.turn, bad[4]!.turn);
    expect(planning.outcome).toMatchObject({ type: 'failed', error: { code: 'MODEL_ANSWER_INVALID' } });
    expect(planning).toMatchObject({ calls: 3, usage: { inputTokens: 360, outputTokens: 126 } });
  });

  test('with a deadline of its own that is longer than the conversation a model is asked all the same', async () => {
    const planning = await askWithin(600_000, good);
    expect(planning).toMatchObject({ calls: 1, outcome: { type: 'answered' } });
  });

  test('row 50: a refusal ends it at once', async () => {
    const planning = await ask({ kind: 'text', text: "I'm sorry, I can't help with that.", stop: 'stop' });
    expect(planning.outcome).toMatchObject({ type: 'failed', error: { code: 'MODEL_REFUSED' } });
    expect(planning.calls).toBe(1);
  });

  test('row 51: one fence with prose around it is read', async () => {
    const planning = await ask(text(`Here it is:\n\`\`\`json\n${json}\n\`\`\`\nDone.`));
    expect(planning.outcome).toMatchObject({ type: 'answered' });
  });

  test.each(['safe', 'harmless'])('row 59: a risk said to be %s is not believed, and marked', async (claimed) => {
    const planning = await ask(plan(step('resize', { size: 2 }, claimed)));
    expect(planning.notes).toEqual([`risk_understated steps[0]: ${claimed} was claimed, resize is moderate`]);
  });

  test('row 66: of a call and a text that contradicts it only the call counts', async () => {
    const { value } = good as { value: unknown };
    server.expect({ kind: 'calls', calls: [{ name: answerName, arguments: value }], text: 'No changes are needed.' });
    const planning = await planByModel(adapter({ answers: 'tool' }), {
      question,
      purpose: 'Keeps things.',
      tools,
      judge: async () => [],
      signal: new AbortController().signal,
      deadlineMs: 5_000,
    });
    expect(planning.outcome).toMatchObject({
      type: 'answered',
      result: { steps: [{ toolName: 'resize' }] },
    });
    expect(planning.notes.join()).toContain('No changes are needed.');
  });

  test('row 69: endless reasoning and hidden characters are cut and escaped', async () => {
    const reasoning = `\u001b[31mred\u{E0041}${'x'.repeat(1_000_000)}`;
    const planning = await ask({
      kind: 'answer',
      value: { reasoning, steps: [step('resize', { size: 2 })] },
    });
    const shown = (planning.outcome as { result: ModelPlan }).result.reasoning;
    expect(shown.length).toBeLessThan(4_200);
    expect(shown).not.toMatch(/\u001b|\u{E0041}/u);
  });

  test('an answer that breaks off is paid for, beside the one before it', async () => {
    const planning = await ask(bad[1]!.turn, { kind: 'cut' });
    expect(planning).toMatchObject({ calls: 2, outcome: { type: 'failed', error: { code: 'MODEL_UNAVAILABLE' } } });
    expect(planning.usage.inputTokens).toBeGreaterThan(200);
    expect(planning.usage.outputTokens).toBe(46);
  });

  test('row 71: what went on to the token limit is paid for', async () => {
    const endless = text('again '.repeat(5_000), 'length');
    const planning = await ask(endless, endless, endless);
    expect(planning).toMatchObject({ calls: 3, outcome: { type: 'failed' } });
    expect(planning.usage.outputTokens).toBe(126);
  });
});
