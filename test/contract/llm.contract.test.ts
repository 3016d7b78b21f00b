import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { answerDialects } from '../../src/domain/model-route.ts';
import type { GenerateRequest } from '../../src/llm/language-model.ts';
import type { FakeTurn } from '../support/fake-model-server.ts';
import { goodAnswer, setUpBench } from '../support/model-bench.ts';
import { describeAnswering, goodPlan, planRequest } from '../support/model-contract.ts';
import { modelSubjects } from '../support/model-subjects.ts';

/*
 * What every provider's adapter must do with what models answer, against a server that speaks the provider's own
 * protocol. What it must do when there is no answer: `llm-faults.contract.test.ts`.
 */
describe.each(modelSubjects)('$provider', (subject) => {
  const { server, adapter, ask, answerFault } = setUpBench(subject);

  describe.each(answerDialects)('a good answer by %s', (answers) => {
    describeAnswering(
      () => adapter({ answers }),
      () => server.expect(goodAnswer),
      2_000,
    );

    test('comes back as it was meant, whatever the dialect made of it', async () => {
      const { value } = await ask(goodAnswer, {}, { answers });
      expect(value).toEqual(goodPlan);
    });

    test.each([
      { what: 'a list', answer: z.array(z.string()), value: ['a', 'b'] },
      { what: 'a map', answer: z.record(z.string(), z.unknown()), value: { x: { deep: [1, null] }, y: 'plain' } },
      { what: 'a text', answer: z.string(), value: 'yes' },
      { what: 'any JSON', answer: z.strictObject({ it: z.json() }), value: { it: { a: [true] } } },
      { what: 'an address', answer: z.strictObject({ it: z.email() }), value: { it: 'ops@example.com' } },
      {
        what: 'a text by patterns that few grammars know',
        answer: z.strictObject({ pattern: z.string().regex(/^(?!x)\w+$/), it: z.string().regex(/a/) }),
        value: { pattern: 'abc', it: 'a' },
      },
      { what: 'a pair', answer: z.strictObject({ it: z.tuple([z.string(), z.number()]) }), value: { it: ['a', 1] } },
    ])('may be $what', async ({ answer, value }) => {
      server.expect({ kind: 'answer', value });
      const request = { ...planRequest(), answer } as GenerateRequest<unknown>;
      expect((await adapter({ answers }).generate(request)).value).toEqual(value);
    });
  });

  test('usage counts cached tokens among those read; the provider names its model', async () => {
    const { usage, model, finishReason } = await ask(goodAnswer);
    expect(usage).toEqual({ inputTokens: 120, outputTokens: 42, cachedTokens: subject.cachedTokens });
    expect(model).toContain(subject.modelFor.schema);
    expect(finishReason).toBe('stop');
    const byTool = await ask(goodAnswer, {}, { answers: 'tool' });
    expect(byTool).toMatchObject({ usage, finishReason: 'tool_call' });
  });

  test('the model is told of the tools, of descriptions, and of the earlier conversation', async () => {
    await ask(goodAnswer, {
      messages: [
        { role: 'user', content: 'plan it' },
        { role: 'assistant', content: 'not json' },
        { role: 'user', content: 'not JSON; again' },
      ],
    });
    const sent = JSON.stringify(server.lastRequest.body);
    for (const told of ['Deletes an instance for good.', 'Labels to put on it.', 'plan it', 'not json', 'again']) {
      expect(sent).toContain(told);
    }
  });

  test('a temperature is sent only to models that take one', async () => {
    await ask(goodAnswer, { temperature: 0.2 });
    expect(JSON.stringify(server.lastRequest.body)).not.toContain('temperature');
    await ask(goodAnswer, { temperature: 0.2 }, { answers: 'tool', takesTemperature: true });
    const isSent = JSON.stringify(server.lastRequest.body).includes('"temperature":0.2');
    // Anthropic has none any more.
    expect(isSent).toBe(subject.provider !== 'anthropic');
  });

  describe('a bad answer is data about what is wrong, with its cost', () => {
    const text = (words: string, stop?: 'length' | 'refusal'): FakeTurn => ({
      kind: 'text',
      text: words,
      ...(stop === undefined ? {} : { stop }),
    });
    const plan = JSON.stringify(goodPlan);
    const badAnswers: readonly { kind: string; turn: FakeTurn; reason: string }[] = [
      { kind: 'empty', turn: text(''), reason: 'nothing' },
      { kind: 'empty', turn: text(' \n\t '), reason: 'whitespace only' },
      { kind: 'not_json', turn: text('Nothing needs to be done.'), reason: 'prose' },
      { kind: 'refused', turn: text("I'm sorry, but I can't help with that."), reason: 'a refusal in prose' },
      { kind: 'not_json', turn: text("{'reasoning': 'x', 'steps': []}"), reason: 'single quotes' },
      { kind: 'not_json', turn: text('{"reasoning": "x", "steps": [],} // done'), reason: 'comma, comment' },
      { kind: 'not_json', turn: text('{"reasoning": NaN}'), reason: 'NaN' },
      { kind: 'ambiguous', turn: text(`Either ${plan} or nothing`), reason: 'JSON in prose' },
      {
        kind: 'ambiguous',
        turn: text(`\`\`\`json\n${plan}\n\`\`\`\nor\n\`\`\`json\n${plan}\n\`\`\``),
        reason: 'two code fences',
      },
      { kind: 'ambiguous', turn: text(`\`\`\`json\n${plan}\n\`\`\`\nor ${plan}`), reason: 'one fence, more beside it' },
      { kind: 'truncated', turn: text('{"reasoning": "because of th', 'length'), reason: 'cut in a string' },
      { kind: 'truncated', turn: text(plan, 'length'), reason: 'complete by chance' },
      { kind: 'too_long', turn: text(`{"reasoning": "${'ha'.repeat(2_500_000)}"}`), reason: '5 MB' },
      {
        kind: 'too_many_calls',
        turn: {
          kind: 'calls',
          calls: [
            { name: 'answer', arguments: goodPlan },
            { name: 'answer', arguments: {} },
          ],
        },
        reason: 'two calls',
      },
      {
        kind: 'unknown_tool',
        turn: { kind: 'calls', calls: [{ name: 'delete_instance', arguments: { name: 'web-00' } }] },
        reason: 'it tries to act by itself',
      },
    ];
    test.each(badAnswers)('$kind: $reason', async ({ kind, turn }) => {
      const error = await answerFault(turn);
      expect(error).toMatchObject({ kind, code: kind === 'refused' ? 'MODEL_REFUSED' : 'MODEL_ANSWER_INVALID' });
      expect(error.retryable).toBe(false);
      expect(error.model).toContain(subject.modelFor.schema);
      if (kind !== 'too_long') expect(error.usage.outputTokens).toBe(42);
    });

    test.each([
      { value: [], path: '$', reason: 'a list' },
      { value: { plan: {} }, path: 'reasoning', reason: 'another object' },
      { value: { reasoning: 'x', steps: 'none' }, path: 'steps', reason: 'steps a string' },
      {
        value: { reasoning: 'x', steps: [{ toolName: 'Create_Instance', name: 'a' }] },
        path: 'steps[0].toolName',
        reason: 'a tool in the wrong case',
      },
      {
        value: {
          reasoning: 'x',
          steps: [{ toolName: 'create_instance', name: 'x; rm -rf /', memoryMb: 64, labels: {} }],
        },
        path: 'steps[0].name',
        reason: 'shell text where a pattern forbids it',
      },
      {
        value: { reasoning: 'x', steps: [{ toolName: 'create_instance', name: 'a', memoryMb: 1, labels: {} }] },
        path: 'steps[0].memoryMb',
        reason: 'a number out of range',
      },
    ])('schema: $reason → $path', async ({ value, path }) => {
      for (const answers of answerDialects) {
        expect(await answerFault({ kind: 'text', text: JSON.stringify(value) }, answers)).toMatchObject({
          kind: 'schema',
          path,
        });
      }
    });

    test('schema: a key that JavaScript treats specially', async () => {
      const error = await answerFault(text('{"reasoning": "x", "steps": [], "__proto__": {"admin": true}}'));
      expect(error).toMatchObject({ kind: 'schema', path: '__proto__' });
    });

    test('schema: nested past any schema', async () => {
      expect(await answerFault(text('['.repeat(20_000) + ']'.repeat(20_000)))).toMatchObject({ kind: 'schema' });
    });

    test('what was said is kept for a repair round, and shown by no log', async () => {
      const prose = `${'Nothing needs to be done. '.repeat(10)}That is all, sk-0123456789abcdefghij`;
      const error = await answerFault(text(prose));
      expect(error.said).toBe(prose.replace(/sk-\S+/, '[secret]'));
      expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).not.toContain('That is all');
    });

    test('all faults are listed for a repair round; nothing in them is raw', async () => {
      const error = await answerFault(text('{"steps": [{"toolName": "\\u001b[31m\\udb40\\udc41"}], "extra": 1}'));
      expect(error.faults.length).toBeGreaterThan(1);
      // eslint-disable-next-line no-control-regex -- to find what must not be there
      for (const line of [error.message, ...error.faults]) expect(line).not.toMatch(/[\u0000-\u001f]|\p{Cf}/u);
    });
  });

  test.runIf(subject.provider === 'ollama')('a pattern that its grammars know holds the model', async () => {
    await ask(goodAnswer);
    const { format, messages } = server.lastRequest.body;
    expect(JSON.stringify(format)).toContain('"pattern":"^[a-z][a-z0-9-]*$"');
    expect(JSON.stringify(messages)).toContain('[a-z][a-z0-9-]*');
  });

  test('one code fence with prose around it counts', async () => {
    const text = `Here you are:\n\`\`\`json\n${JSON.stringify(goodPlan)}\n\`\`\`\nAnything else?`;
    expect((await ask({ kind: 'text', text }, {}, { answers: 'text' })).value).toEqual(goodPlan);
  });

  test('a tool call is judged alone; what is said beside it is kept apart', async () => {
    const result = await ask(
      { kind: 'calls', calls: [{ name: 'answer', arguments: goodPlan }], text: 'No changes needed.' },
      {},
      { answers: 'tool' },
    );
    expect(result).toMatchObject({ value: goodPlan, finishReason: 'tool_call', ignoredText: 'No changes needed.' });
  });
});
