import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { answerDialects, type AnswerDialect } from '../../src/llm/answer-schema.ts';
import type { GenerateRequest } from '../../src/llm/language-model.ts';
import { ModelAnswerError } from '../../src/llm/model-answer-error.ts';
import { ProviderError } from '../../src/llm/provider-errors.ts';
import type { ProviderSettings } from '../../src/llm/provider-settings.ts';
import type { FakeModelServer, FakeTurn } from '../support/fake-model-server.ts';
import { describeAnswering, goodPlan, planRequest, type TestPlan } from '../support/model-contract.ts';
import { adapterOf, modelSubjects } from '../support/model-subjects.ts';
import { waitFor } from '../support/wait-for.ts';

/*
 * What every provider's adapter must do, against a server that speaks the provider's own protocol.
 */
describe.each(modelSubjects)('$provider', (subject) => {
  let server: FakeModelServer;
  beforeAll(async () => {
    server = subject.createFake();
    await server.start();
  });
  afterAll(() => server.stop());
  afterEach(() => expect(server.turnsLeft).toBe(0));

  const goodAnswer: FakeTurn = { kind: 'answer', value: goodPlan };
  const adapter = (overrides?: Partial<ProviderSettings>) => adapterOf(subject, server, overrides);
  const ask = (
    turn: FakeTurn,
    request: Partial<GenerateRequest<TestPlan>> = {},
    settings?: Partial<ProviderSettings>,
  ) => {
    server.expect(turn);
    return adapter(settings).generate(planRequest(request));
  };
  const answerFault = async (turn: FakeTurn, answers: AnswerDialect = 'schema') => {
    const error = await ask(turn, {}, { answers }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ModelAnswerError);
    return error as ModelAnswerError;
  };
  const providerFault = async (...parameters: Parameters<typeof ask>) => {
    const error = await ask(...parameters).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProviderError);
    return error as ProviderError;
  };

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
    expect((await ask(goodAnswer, {}, { answers: 'tool' })).finishReason).toBe('tool_call');
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

    test('all faults are listed for a repair round; nothing in them is raw', async () => {
      const error = await answerFault(text('{"steps": [{"toolName": "\\u001b[31m\\udb40\\udc41"}], "extra": 1}'));
      expect(error.faults.length).toBeGreaterThan(1);
      // eslint-disable-next-line no-control-regex -- to find what must not be there
      for (const line of [error.message, ...error.faults]) expect(line).not.toMatch(/[\u0000-\u001f]|\p{Cf}/u);
    });
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

  describe('a provider that does not answer', () => {
    test.each([
      { status: 500, code: 'MODEL_UNAVAILABLE' },
      { status: 503, code: 'MODEL_UNAVAILABLE' },
      { status: 529, fault: { type: 'overloaded_error', message: 'Overloaded' }, code: 'MODEL_UNAVAILABLE' },
      { status: 429, code: 'MODEL_RATE_LIMITED' },
      { status: 402, code: 'MODEL_QUOTA_EXHAUSTED' },
      {
        status: 429,
        fault: { type: 'insufficient_quota', message: 'You exceeded your current quota, please check your plan' },
        code: 'MODEL_QUOTA_EXHAUSTED',
      },
      {
        status: 400,
        fault: { type: 'invalid_request_error', message: 'Your credit balance is too low' },
        code: 'MODEL_QUOTA_EXHAUSTED',
      },
      {
        status: 400,
        fault: { type: 'invalid_request_error', message: 'prompt is too long: 300000 tokens > 200000 maximum' },
        code: 'MODEL_REQUEST_TOO_LARGE',
      },
      { status: 401, code: 'MODEL_MISCONFIGURED' },
      { status: 400, code: 'MODEL_MISCONFIGURED' },
    ] as const)('$status → $code', async ({ status, code, ...rest }) => {
      const error = await providerFault({ kind: 'error', status, ...rest });
      expect(error).toMatchObject({ code, status, provider: subject.provider });
      expect(error.retryable).toBe(['MODEL_UNAVAILABLE', 'MODEL_RATE_LIMITED'].includes(code));
      expect(server.requests).toHaveLength(1);
    });

    test('Retry-After is told, given in seconds or as a date', async () => {
      const limited = (retryAfter: string): FakeTurn => ({
        kind: 'error',
        status: 429,
        headers: { 'retry-after': retryAfter },
      });
      expect((await providerFault(limited('7'))).retryAfterMs).toBe(7_000);
      const date = new Date(Date.now() + 30_000).toUTCString();
      const { retryAfterMs } = await providerFault(limited(date));
      expect(retryAfterMs).toBeGreaterThan(25_000);
      expect(retryAfterMs).toBeLessThanOrEqual(30_000);
      expect((await providerFault(limited('soon'))).retryAfterMs).toBeUndefined();
    });

    test('an error in the middle of a stream', async () => {
      const fault = { type: 'overloaded_error', message: 'Overloaded' };
      const error = await providerFault({ kind: 'error-in-stream', fault });
      expect(error.code).toBe('MODEL_UNAVAILABLE');
      expect(error.message).toContain('Overloaded');
    });

    test.each(['cut', 'end-early'] as const)('a stream that breaks off: %s', async (kind) => {
      expect((await providerFault({ kind })).code).toBe('MODEL_UNAVAILABLE');
    });

    test('a page instead of a stream', async () => {
      const error = await providerFault({ kind: 'page' });
      expect(error.code).toBe('MODEL_MISCONFIGURED');
      expect(error.message).toContain('text/html');
    });

    test('nobody listening', async () => {
      const gone = subject.createFake();
      await gone.start();
      const model = adapterOf(subject, { origin: gone.origin } as FakeModelServer);
      await gone.stop();
      await expect(model.generate(planRequest())).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
    });

    test('an unknown model', async () => {
      server.expect();
      await expect(adapter({ model: 'no-such-model' }).generate(planRequest())).rejects.toMatchObject({
        code: 'MODEL_MISCONFIGURED',
        status: 404,
      });
    });

    test('no key is ever shown', async () => {
      const apiKey = 'sk-wrong-key-9876543210';
      const fault = { type: 'invalid_api_key', message: `Incorrect API key provided: ${apiKey}. Bearer abc.def` };
      const error = await providerFault({ kind: 'error', status: 401, fault });
      expect(error.message).not.toMatch(/9876543210|abc\.def/);
      if (subject.apiKey === undefined) return;
      const wrong = await adapter({ apiKey })
        .generate(planRequest())
        .catch((thrown: unknown) => thrown);
      expect(wrong).toMatchObject({ code: 'MODEL_MISCONFIGURED', status: 401 });
      expect(`${(wrong as Error).message}${(wrong as Error).stack}`).not.toContain('9876543210');
    });
  });

  describe('time', () => {
    const closedByClient = () => waitFor('the server to see it', () => server.lastRequest.isClosedByClient, 2_000);

    test.each(['hang', 'stall'] as const)('no complete answer by the deadline: %s', async (kind) => {
      const error = await providerFault({ kind }, { deadlineMs: 150 });
      expect(error.code).toBe('MODEL_UNAVAILABLE');
      expect(error.message).toContain('within 150 ms');
      await closedByClient();
    });

    test.each(['hang', 'stall'] as const)('silence, long before the deadline: %s', async (kind) => {
      const error = await providerFault({ kind }, { deadlineMs: 60_000 }, { idleMs: 120 });
      expect(error.message).toContain('silent for 120 ms');
      await closedByClient();
    });

    test('a trickle that never ends is ended by the deadline', async () => {
      const error = await providerFault({ kind: 'trickle', everyMs: 20 }, { deadlineMs: 300 }, { idleMs: 200 });
      expect(error.message).toContain('within 300 ms');
      await closedByClient();
    });

    test.each(['hang', 'stall', 'trickle'] as const)(
      'aborted by the caller, closes the connection: %s',
      async (kind) => {
        const controller = new AbortController();
        const reason = new Error('the run was cancelled');
        const turn: FakeTurn = kind === 'trickle' ? { kind, everyMs: 10 } : { kind };
        const asked = ask(turn, { signal: controller.signal, deadlineMs: 60_000 });
        setTimeout(() => controller.abort(reason), 80);
        await expect(asked).rejects.toBe(reason);
        await closedByClient();
      },
    );

    test('aborted before it began, sends nothing', async () => {
      server.expect();
      const signal = AbortSignal.abort(new Error('too late'));
      await expect(adapter().generate(planRequest({ signal }))).rejects.toThrow('too late');
      expect(server.requests).toHaveLength(0);
    });
  });

  describe('egress', () => {
    test('nothing but the base address is connected to', async () => {
      const targets: string[] = [];
      const onSocket = (message: unknown) => {
        const { socket } = message as { socket: Socket };
        socket.once('connect', () => targets.push(`http://${socket.remoteAddress}:${socket.remotePort}`));
      };
      subscribe('net.client.socket', onSocket);
      const fresh = subject.createFake();
      await fresh.start();
      fresh.expect(goodAnswer, goodAnswer);
      const model = adapterOf(subject, fresh);
      await model.generate(planRequest());
      await model.generate(planRequest());
      unsubscribe('net.client.socket', onSocket);
      expect([...new Set(targets)]).toEqual([fresh.origin]);
      await fresh.stop();
    });

    test('a redirect is not followed', async () => {
      const other = subject.createFake();
      await other.start();
      other.expect();
      const error = await providerFault({ kind: 'redirect', to: `${other.origin}/v1/messages` });
      expect(error.code).toBe('MODEL_MISCONFIGURED');
      expect(other.requests).toHaveLength(0);
      await other.stop();
    });

    test('the environment adds nothing, and the machine is not told of', async () => {
      for (const name of ['ANTHROPIC_CUSTOM_HEADERS', 'OPENAI_CUSTOM_HEADERS']) vi.stubEnv(name, 'x-leak: secret');
      vi.stubEnv('ANTHROPIC_AUTH_TOKEN', 'leak');
      vi.stubEnv('OPENAI_ORG_ID', 'leak');
      vi.stubEnv('OLLAMA_API_KEY', 'leak');
      try {
        await ask(goodAnswer);
      } finally {
        vi.unstubAllEnvs();
      }
      const { headers } = server.lastRequest;
      expect(JSON.stringify(headers)).not.toContain('leak');
      expect(Object.keys(headers).filter((name) => name.startsWith('x-stainless'))).toEqual([]);
    });

    test('nothing is written to the console', async () => {
      const written = (['log', 'warn', 'error', 'info', 'debug'] as const).map((name) => vi.spyOn(console, name));
      await answerFault({ kind: 'text', text: 'prose' });
      await providerFault({ kind: 'error', status: 500 });
      await providerFault({ kind: 'cut' });
      for (const spy of written) {
        expect(spy).not.toHaveBeenCalled();
        spy.mockRestore();
      }
    });
  });
});
