import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import type { FakeModelServer, FakeTurn } from '../support/fake-model-server.ts';
import { goodAnswer, setUpBench } from '../support/model-bench.ts';
import { planRequest } from '../support/model-contract.ts';
import { adapterOf, modelSubjects } from '../support/model-subjects.ts';
import { waitFor } from '../support/wait-for.ts';

/*
 * What every provider's adapter must do when there is no answer: faults by their code, limits of time that reach the
 * connection, and nothing sent anywhere else.
 */
describe.each(modelSubjects)('$provider', (subject) => {
  const { server, adapter, ask, answerFault, providerFault } = setUpBench(subject);

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
      {
        status: 500,
        fault: { type: 'api_error', message: 'invalid JSON schema in format' },
        code: 'MODEL_MISCONFIGURED',
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

    const overloaded = { type: 'overloaded_error', message: 'Overloaded' };
    test.each<FakeTurn>([
      { kind: 'cut' },
      { kind: 'end-early' },
      { kind: 'stall' },
      { kind: 'error-in-stream', fault: overloaded },
    ])('what had begun is paid for, by what was told and an estimate: $kind', async (turn) => {
      const { usage } = await providerFault(turn, { deadlineMs: turn.kind === 'stall' ? 500 : 5_000 });
      // All 16 characters of half an answer; one alone tells at the start what it read.
      const isTold = subject.provider === 'anthropic';
      expect(usage).toMatchObject({ outputTokens: 4, cachedTokens: isTold ? 80 : 0 });
      if (isTold) expect(usage?.inputTokens).toBe(111);
      else expect(usage?.inputTokens).toBeGreaterThan(50);
    });

    test.each<FakeTurn>([{ kind: 'hang' }, { kind: 'page' }, { kind: 'error', status: 529, fault: overloaded }])(
      'what had not begun costs nothing: $kind',
      async (turn) => {
        expect((await providerFault(turn, { deadlineMs: 150 })).usage).toBeUndefined();
      },
    );

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
