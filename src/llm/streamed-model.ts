import { AnswerCollector } from './answer-collector.ts';
import { toAnswerForm, type AnswerForm } from './answer-schema.ts';
import type { GenerateRequest, LanguageModel } from './language-model.ts';
import { withModelCall, type CallSettings, type ModelCall } from './model-call.ts';
import { toSystemText } from './prompt.ts';
import { ProviderError } from './provider-errors.ts';
import type { ProviderSettings } from './provider-settings.ts';
import { readAnswer } from './read-answer.ts';
import type { WireRules } from './wire-schema.ts';

/** What is each provider's own: its package's call, and what the parts of its answers mean. */
export interface StreamProtocol<Part> extends Pick<CallSettings, 'provider' | 'streamType'> {
  /** What its schemas may not hold. */
  readonly rules?: WireRules;
  /** Sends the request by the vendor's package. `call.fetch` and `call.signal` must be used: the limits are in them. */
  open(request: GenerateRequest<unknown>, form: AnswerForm, call: ModelCall): Promise<AsyncIterable<Part>>;
  collect(part: Part, collector: AnswerCollector): void;
}

/** A language model over a provider's stream: asked under the call's limits, collected, and checked by the request's schema. */
export function createStreamedModel<Part>(settings: ProviderSettings, protocol: StreamProtocol<Part>): LanguageModel {
  const { provider, streamType, rules } = protocol;
  return {
    async generate(request) {
      const { signal, deadlineMs } = request;
      const form = toAnswerForm(request.answer, settings.answers, rules);
      const collector = new AnswerCollector(settings.model);
      let hasBegun = false;
      try {
        const raw = await withModelCall({ ...settings, provider, streamType, signal, deadlineMs }, async (call) => {
          for await (const part of await protocol.open(request, form, call)) {
            hasBegun = true;
            protocol.collect(part, collector);
            if (collector.isTooLong) break;
          }
          return collector.toRawAnswer();
        });
        return readAnswer(raw, request.answer, form);
      } catch (error) {
        if (hasBegun && error instanceof ProviderError) error.usage = collector.toUsageSoFar(lengthOf(request, form));
        throw error;
      }
    },
  };
}

/** Characters of all that the provider was sent. */
function lengthOf(request: GenerateRequest<unknown>, form: AnswerForm): number {
  const system = toSystemText(request, form, { tellsSchema: true });
  return request.messages.reduce((sum, { content }) => sum + content.length, system.length);
}
