import type { OpenAI } from 'openai';
import type { AnswerCollector } from './answer-collector.ts';
import { answerName, openAiRules, type AnswerForm } from './answer-schema.ts';
import type { FinishReason, GenerateRequest, LanguageModel } from './language-model.ts';
import { toSystemText } from './prompt.ts';
import type { ProviderSettings } from './provider-settings.ts';
import { createStreamedModel } from './streamed-model.ts';

type Body = OpenAI.Chat.ChatCompletionCreateParamsStreaming;
type Chunk = OpenAI.Chat.ChatCompletionChunk;

/**
 * OpenAI's chat completions, the protocol that most other servers speak too. Answers come by a strict JSON schema
 * (`schema`) or by one forced tool call (`tool`). Prompts are cached by the provider unasked; usage tells.
 */
export function createOpenAiModel(settings: ProviderSettings): LanguageModel {
  return createStreamedModel<Chunk>(settings, {
    provider: 'openai',
    streamType: 'text/event-stream',
    rules: openAiRules,
    async open(request, form, { fetch, signal }) {
      // Some hundred files: loaded by who asks it, not by every runtime that starts.
      const { OpenAI } = await import('openai');
      const client = new OpenAI({
        baseURL: settings.baseUrl,
        apiKey: settings.apiKey ?? '',
        organization: null,
        project: null,
        maxRetries: 0,
        timeout: request.deadlineMs + 1_000,
        fetch,
        logLevel: 'off',
      });
      return client.chat.completions.create(toBody(request, form, settings), { signal });
    },
    collect,
  });
}

function toBody(request: GenerateRequest<unknown>, form: AnswerForm, settings: ProviderSettings): Body {
  const { messages, maxTokens, temperature } = request;
  const { dialect, schema } = form;
  return {
    model: settings.model,
    max_completion_tokens: maxTokens,
    messages: [{ role: 'system', content: toSystemText(request, form) }, ...messages],
    stream: true,
    stream_options: { include_usage: true },
    ...(temperature === undefined || !settings.takesTemperature ? {} : { temperature }),
    ...(dialect === 'schema'
      ? {
          response_format: {
            type: 'json_schema',
            json_schema: { name: answerName, strict: true, schema: { ...schema } },
          },
        }
      : {}),
    ...(dialect === 'tool'
      ? {
          tools: [
            {
              type: 'function',
              function: { name: answerName, description: 'Gives the answer.', parameters: { ...schema } },
            },
          ],
          tool_choice: { type: 'function', function: { name: answerName } },
          parallel_tool_calls: false,
        }
      : {}),
  };
}

function collect({ model, choices, usage }: Chunk, collector: AnswerCollector): void {
  if (model !== '') collector.model = model;
  if (usage !== undefined && usage !== null) {
    collector.usage = {
      inputTokens: usage.prompt_tokens,
      outputTokens: usage.completion_tokens,
      cachedTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
    };
  }
  const [choice] = choices;
  if (choice === undefined) return;
  const { delta, finish_reason: reason } = choice;
  collector.addText(delta.content ?? '');
  for (const { index, function: piece } of delta.tool_calls ?? []) {
    collector.addCall(index, piece?.name ?? '', piece?.arguments ?? '');
  }
  const refusal = delta.refusal ?? '';
  if (refusal !== '') {
    collector.addText(refusal);
    collector.hasRefused = true;
  }
  if (reason !== null) collector.finish(collector.hasRefused ? 'refused' : finishReasonOf[reason]);
}

type ChunkReason = NonNullable<Chunk['choices'][number]['finish_reason']>;

const finishReasonOf: Readonly<Record<ChunkReason, FinishReason>> = {
  stop: 'stop',
  tool_calls: 'tool_call',
  function_call: 'tool_call',
  length: 'length',
  content_filter: 'refused',
};
