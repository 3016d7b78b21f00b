import { Ollama, type ChatRequest, type ChatResponse } from 'ollama';
import type { JsonObject } from '../domain/json.ts';
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
    messages: [{ role: 'system', content: toSystemText(request, form, { tellsSchema: true }) }, ...messages],
    stream: true,
    options: {
      num_predict: maxTokens,
      ...(contextTokens === undefined ? {} : { num_ctx: contextTokens }),
      ...(temperature === undefined || !takesTemperature ? {} : { temperature }),
    },
    ...(answers === 'schema' ? { format: toFormat(form.schema) } : {}),
    ...(answers === 'tool' ? { tools: [toTool(form)] } : {}),
  };
}

/**
 * Patterns that Ollama's grammars are sure to take: between `^` and `$`, letters, digits and classes of them, repeated.
 * Others are refused with status 500, stop the model (`\w`), or stop the whole server (`(?!`). Seen of 0.15.6.
 */
const plainPattern =
  /^\^(?:(?:[A-Za-z0-9 _/@:,-]|\[[A-Za-z0-9 _./@:,-]+\])(?:[*+?]|\{[0-9]{1,2}(?:,[0-9]{0,2})?\})?)*\$$/;

/** The schema without patterns that are not plain: the model is told of them, and the answer is checked by them. */
function toFormat(schema: JsonObject): JsonObject {
  // A field that is named `pattern` is a schema, not a text.
  const isDropped = (keyword: string, value: unknown) =>
    keyword === 'pattern' && typeof value === 'string' && !plainPattern.test(value);
  const text = JSON.stringify(schema, (keyword, value: unknown) => (isDropped(keyword, value) ? undefined : value));
  return JSON.parse(text) as JsonObject;
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
