import { isJsonObject, type JsonObject, type JsonValue } from '../../src/domain/json.ts';
import { FakeModelServer, type FakeFault, type FakeVendor } from './fake-model-server.ts';

export const openAiModel = 'gpt-6.1-terra';
/** Knows tools and no JSON schema. */
export const openAiOldModel = 'gpt-4-turbo';
export const openAiKey = 'sk-proj-test-0123456789';

const invalid = (message: string, type = 'invalid_request_error'): FakeFault => ({ status: 400, type, message });
const chunk = (model: string, choice: object) =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_793_000_000,
    model: `${model}-2026-10-26`,
    choices: [{ index: 0, logprobs: null, ...choice }],
    usage: null,
  })}\n\n`;
const delta = (inner: object) => chunk(openAiModel, { delta: inner, finish_reason: null });

const vendor: FakeVendor = {
  path: '/v1/chat/completions',
  streamType: 'text/event-stream; charset=utf-8',
  check(body, headers) {
    const { authorization } = headers;
    if (authorization !== `Bearer ${openAiKey}`) {
      const shown = authorization?.replace('Bearer ', '');
      return { status: 401, type: 'invalid_api_key', message: `Incorrect API key provided: ${shown}.` };
    }
    const { model, response_format: format } = body;
    if (model !== openAiModel && model !== openAiOldModel) {
      return { status: 404, type: 'model_not_found', message: `The model ${JSON.stringify(model)} does not exist` };
    }
    if (model === openAiModel && body.max_tokens !== undefined) return invalid("use 'max_completion_tokens'");
    if (model === openAiModel && body.temperature !== undefined) return invalid("'temperature' is not supported");
    if (!isJsonObject(format)) return undefined;
    if (model === openAiOldModel) return invalid("'response_format' of type 'json_schema' is not supported");
    const { name, schema, strict } = format.json_schema as JsonObject;
    if (typeof name !== 'string' || strict !== true) return invalid('json_schema: name and strict are required');
    const problem = isJsonObject(schema) && schema.type === 'object' ? problemOf(schema) : 'root must be an object';
    return problem === undefined ? undefined : invalid(`Invalid schema for response_format '${name}': ${problem}`);
  },
  dialectOf({ response_format: format, tools }) {
    if (isJsonObject(format)) return { schema: (format.json_schema as JsonObject).schema as JsonObject };
    const [tool] = (tools ?? []) as readonly { readonly function: JsonObject }[];
    if (tool === undefined) return 'text';
    return { tool: tool.function.name as string, schema: tool.function.parameters as JsonObject };
  },
  begin: () => delta({ role: 'assistant', content: '', refusal: null }),
  text: (pieces, stop) =>
    pieces.map((piece) => delta(stop === 'refusal' ? { refusal: piece } : { content: piece })).join(''),
  calls: (calls) =>
    calls
      .map((call, index) => {
        const pieces = JSON.stringify(call.arguments).match(/[\s\S]{1,11}/g) ?? [];
        const first = { index, id: `call_${index}`, type: 'function', function: { name: call.name, arguments: '' } };
        return (
          delta({ tool_calls: [first] }) +
          pieces.map((piece) => delta({ tool_calls: [{ index, function: { arguments: piece } }] })).join('')
        );
      })
      .join(''),
  end: (stop, usage, model) =>
    // A forced tool call ends with "stop" here.
    chunk(model, { delta: {}, finish_reason: stop === 'length' ? 'length' : 'stop' }) +
    `data: ${JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1_793_000_000,
      model: `${model}-2026-10-26`,
      choices: [],
      usage: {
        prompt_tokens: usage.input,
        completion_tokens: usage.output,
        total_tokens: usage.input + usage.output,
        prompt_tokens_details: { cached_tokens: usage.cached },
      },
    })}\n\ndata: [DONE]\n\n`,
  errorBody: ({ type, message }) => JSON.stringify({ error: { message, type, param: null, code: type } }),
  errorInStream: ({ type, message }) =>
    `data: ${JSON.stringify({ error: { message, type, param: null, code: type } })}\n\n`,
};

/** What strict mode does not take. */
function problemOf(schema: JsonValue | undefined): string | undefined {
  if (!isJsonObject(schema)) return 'schema must be an object';
  const bad = ['minLength', 'maxLength', 'default', 'oneOf', 'allOf', 'prefixItems', 'propertyNames', 'not'];
  const found = bad.find((keyword) => keyword in schema);
  if (found !== undefined) return `'${found}' is not permitted`;
  if (schema.type === undefined && schema.anyOf === undefined) return "schema must have a 'type' key";
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  if (schema.type === 'object') {
    if (schema.additionalProperties !== false)
      return "'additionalProperties' is required to be supplied and to be false";
    const required = Array.isArray(schema.required) ? schema.required : [];
    const missing = Object.keys(properties).find((name) => !required.includes(name));
    if (missing !== undefined) return `'required' must include every key in properties. Missing '${missing}'`;
  }
  const options = Array.isArray(schema.anyOf) ? (schema.anyOf as readonly JsonValue[]) : [];
  const items = schema.items === undefined ? [] : [schema.items];
  return [...Object.values(properties), ...options, ...items].map(problemOf).find((problem) => problem !== undefined);
}

/** OpenAI's chat completions with one model behind it. */
export function createFakeOpenAi(): FakeModelServer {
  return new FakeModelServer(vendor);
}
