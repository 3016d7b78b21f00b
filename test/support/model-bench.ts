import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { AnswerDialect } from '../../src/domain/model-route.ts';
import type { GenerateRequest, GenerateResult, LanguageModel } from '../../src/llm/language-model.ts';
import { ModelAnswerError } from '../../src/llm/model-answer-error.ts';
import { ProviderError } from '../../src/llm/provider-errors.ts';
import type { ProviderSettings } from '../../src/llm/provider-settings.ts';
import type { FakeModelServer, FakeTurn } from './fake-model-server.ts';
import { goodPlan, planRequest, type TestPlan } from './model-contract.ts';
import { adapterOf, type ModelSubject } from './model-subjects.ts';

export const goodAnswer: FakeTurn = { kind: 'answer', value: goodPlan };

export interface ModelBench {
  readonly server: FakeModelServer;
  adapter(settings?: Partial<ProviderSettings>): LanguageModel;
  /** The model's next turn is this one: ask. */
  ask(
    turn: FakeTurn,
    request?: Partial<GenerateRequest<TestPlan>>,
    settings?: Partial<ProviderSettings>,
  ): Promise<GenerateResult<TestPlan>>;
  answerFault(turn: FakeTurn, answers?: AnswerDialect): Promise<ModelAnswerError>;
  providerFault(...parameters: Parameters<ModelBench['ask']>): Promise<ProviderError>;
}

/** A provider's fake and its adapter, for the tests of one file; every turn must be asked for. */
export function setUpBench(subject: ModelSubject): ModelBench {
  const server = subject.createFake();
  beforeAll(() => server.start());
  afterAll(() => server.stop());
  afterEach(() => expect(server.turnsLeft).toBe(0));
  const bench: ModelBench = {
    server,
    adapter: (settings) => adapterOf(subject, server, settings),
    ask(turn, request, settings) {
      server.expect(turn);
      return bench.adapter(settings).generate(planRequest(request));
    },
    async answerFault(turn, answers = 'schema') {
      const error = await bench.ask(turn, {}, { answers }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ModelAnswerError);
      return error as ModelAnswerError;
    },
    async providerFault(...parameters) {
      const error = await bench.ask(...parameters).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ProviderError);
      return error as ProviderError;
    },
  };
  return bench;
}
