import { Ollama, type ChatRequest, type ChatResponse } from 'ollama';
import type { AnswerCollector } from './answer-collector.ts';
import { answerName, type AnswerForm } from './answer-schema.ts';
import type { GenerateRequest, LanguageModel } from './language-model.ts';
import { toSystemText } from './prompt.ts';
import type { ProviderSettings } from './provider-settings.ts';
import { createStreamedModel } from './streamed-model.ts';

/**
 * A local Ollama, by its own protocol. Answers come by its `format` (`schema`), which holds the model to a schema without
 * telling it, so it is told; by a tool call where the model knows tools; or as plain `text`.
 */
export function createOllamaModel(settings: ProviderSettings): LanguageModel {
  return createStreamedModel<ChatResponse>(settings, {
    provider: 'ollama',
    streamType: 'application/x-ndjson',
    open: (request, form, { fetch }) =>
      // The package takes no signal; what it reads ends with that of `fetch`.
      new Ollama({ host: settings.baseUrl, fetch }).chat(toBody(request, form, settings)),
    collect,
  });
}

function toBody(
  request: GenerateRequest<unknown>,
  form: AnswerForm,
  { model, answers, takesTemperature, contextTokens }: ProviderSettings,
): ChatRequest & { stream: true } {
  const { messages, maxTokens, temperature } = request;
  return {
    model,
    messages: [{ role: 'system', content: toSystemText(request, form, true) }, ...messages],
    stream: true,
    options: {
      num_predict: maxTokens,
      ...(contextTokens === undefined ? {} : { num_ctx: contextTokens }),
      ...(temperature === undefined || !takesTemperature ? {} : { temperature }),
    },
    ...(answers === 'schema' ? { format: { ...form.schema } } : {}),
    ...(answers === 'tool' ? { tools: [toTool(form)] } : {}),
  };
}

function toTool({ schema }: AnswerForm): NonNullable<ChatRequest['tools']>[number] {
  return {
    type: 'function',
    function: { name: answerName, description: 'Gives the answer.', parameters: { ...schema } },
  };
}

function collect({ model, message, ...part }: ChatResponse, collector: AnswerCollector): void {
  if (model !== '') collector.model = model;
  collector.addText(message.content);
  for (const call of message.tool_calls ?? []) {
    collector.addWholeCall(call.function.name, JSON.stringify(call.function.arguments));
  }
  if (!part.done) return;
  collector.finish(part.done_reason === 'length' ? 'length' : 'stop');
  collector.usage = {
    inputTokens: part.prompt_eval_count ?? 0,
    outputTokens: part.eval_count ?? 0,
    cachedTokens: 0,
  };
}
