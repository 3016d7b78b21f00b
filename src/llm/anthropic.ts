import type { Anthropic } from '@anthropic-ai/sdk';
import type { AnswerCollector } from './answer-collector.ts';
import { anthropicRules, answerName, type AnswerForm } from './answer-schema.ts';
import type { FinishReason, GenerateRequest, LanguageModel, TokenUsage } from './language-model.ts';
import { toSystemText } from './prompt.ts';
import type { ProviderSettings } from './provider-settings.ts';
import { createStreamedModel } from './streamed-model.ts';

/**
 * Anthropic's Messages API. Answers come by its output format (`schema`), or for older models by one forced tool call
 * (`tool`), which the current models refuse. System text and the answer tool are marked for the prompt cache. A
 * temperature is never sent: the API has none since its version 2026-10-21.
 */
export function createAnthropicModel(settings: ProviderSettings): LanguageModel {
  return createStreamedModel<Anthropic.RawMessageStreamEvent>(settings, {
    provider: 'anthropic',
    streamType: 'text/event-stream',
    rules: anthropicRules,
    async open(request, form, { fetch, signal }) {
      // Some hundred files: loaded by who asks it, not by every runtime that starts.
      const { Anthropic } = await import('@anthropic-ai/sdk');
      const client = new Anthropic({
        baseURL: settings.baseUrl,
        apiKey: settings.apiKey ?? '',
        maxRetries: 0,
        timeout: request.deadlineMs + 1_000,
        fetch,
        logLevel: 'off',
        // Its spans could hold whole prompts, if a variable says so; our own trace has the activity.
        openTelemetry: false,
      });
      return client.messages.create(toBody(request, form, settings.model), { signal });
    },
    collect,
  });
}

function toBody(
  request: GenerateRequest<unknown>,
  form: AnswerForm,
  model: string,
): Anthropic.MessageCreateParamsStreaming {
  const { messages, maxTokens } = request;
  return {
    model,
    max_tokens: maxTokens,
    system: [{ type: 'text', text: toSystemText(request, form), cache_control: { type: 'ephemeral' } }],
    messages: messages.map(({ role, content }) => ({ role, content })),
    stream: true,
    ...(form.dialect === 'schema' ? { output_config: { format: { type: 'json_schema', schema: form.schema } } } : {}),
    ...(form.dialect === 'tool'
      ? {
          tools: [{ name: answerName, description: 'Gives the answer.', input_schema: toInputSchema(form) }],
          tool_choice: { type: 'tool', name: answerName, disable_parallel_tool_use: true },
        }
      : {}),
  };
}

function toInputSchema({ schema }: AnswerForm): Anthropic.Tool.InputSchema {
  return { ...schema, type: 'object' };
}

function collect(event: Anthropic.RawMessageStreamEvent, collector: AnswerCollector): void {
  switch (event.type) {
    case 'message_start': {
      const { model, usage } = event.message;
      collector.model = model;
      collector.usage = toTokenUsage(usage);
      return;
    }
    case 'content_block_start':
      if (event.content_block.type === 'text') collector.addText(event.content_block.text);
      if (event.content_block.type === 'tool_use') collector.addCall(event.index, event.content_block.name, '');
      return;
    case 'content_block_delta':
      if (event.delta.type === 'text_delta') collector.addText(event.delta.text);
      if (event.delta.type === 'input_json_delta') collector.addCall(event.index, '', event.delta.partial_json);
      return;
    case 'message_delta':
      // The end tells the sums, where it tells of what was read at all; the start may have estimated that (Ollama does).
      collector.usage =
        (event.usage.input_tokens ?? 0) > 0
          ? toTokenUsage(event.usage)
          : { ...collector.usage, outputTokens: event.usage.output_tokens };
      if (event.delta.stop_reason !== null) collector.finish(finishReasonOf[event.delta.stop_reason]);
      return;
    default:
  }
}

type CountedTokens = Pick<
  Anthropic.MessageDeltaUsage,
  'input_tokens' | 'cache_read_input_tokens' | 'cache_creation_input_tokens' | 'output_tokens'
>;

function toTokenUsage(usage: CountedTokens): TokenUsage {
  const cachedTokens = usage.cache_read_input_tokens ?? 0;
  const inputTokens = (usage.input_tokens ?? 0) + cachedTokens + (usage.cache_creation_input_tokens ?? 0);
  return { inputTokens, outputTokens: usage.output_tokens, cachedTokens };
}

const finishReasonOf: Readonly<Record<Anthropic.StopReason, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  tool_use: 'tool_call',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  refusal: 'refused',
};
