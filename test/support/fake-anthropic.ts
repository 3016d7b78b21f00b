import { isJsonObject, type JsonObject, type JsonValue } from '../../src/domain/json.ts';
import { FakeModelServer, type FakeFault, type FakeVendor } from './fake-model-server.ts';

/** Knows the output format and refuses forced tools, as the current models do. */
export const anthropicModel = 'claude-sonnet-5-5';
/** Knows forced tools and no output format. */
export const anthropicOldModel = 'claude-3-5-sonnet-20241022';
export const anthropicKey = 'sk-ant-test-0123456789';

const event = (type: string, data: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
const invalid = (message: string): FakeFault => ({ status: 400, type: 'invalid_request_error', message });

const vendor: FakeVendor = {
  path: '/v1/messages',
  streamType: 'text/event-stream; charset=utf-8',
  check(body, headers) {
    if (headers.authorization !== `Bearer ${anthropicKey}`) {
      return { status: 401, type: 'authentication_error', message: 'invalid bearer token' };
    }
    if (headers['anthropic-version'] !== '2026-10-21') return invalid('anthropic-version: header is required');
    const { model, max_tokens: maxTokens, output_config: output, tool_choice: choice, temperature } = body;
    if (model !== anthropicModel && model !== anthropicOldModel) {
      return { status: 404, type: 'not_found_error', message: `model: ${JSON.stringify(model)}` };
    }
    if (typeof maxTokens !== 'number') return invalid('max_tokens: Field required');
    if (!Array.isArray(body.messages) || body.messages.length === 0) return invalid('messages: at least one');
    if (model === anthropicModel && isJsonObject(choice) && choice.type !== 'auto') {
      return invalid('tool_choice: forced tool use is not supported on this model');
    }
    if (temperature !== undefined) return invalid('temperature: not supported');
    if (output === undefined) return undefined;
    if (model === anthropicOldModel) return invalid('output_config: Extra inputs are not permitted');
    const format = isJsonObject(output) ? output.format : undefined;
    const problem = problemOf(isJsonObject(format) ? format.schema : undefined);
    return problem === undefined ? undefined : invalid(`output_config.format.schema: ${problem}`);
  },
  dialectOf({ output_config: output, tools }) {
    if (isJsonObject(output) && isJsonObject(output.format)) return { schema: output.format.schema as JsonObject };
    const [tool] = (tools ?? []) as readonly JsonObject[];
    return tool === undefined ? 'text' : { tool: tool.name as string, schema: tool.input_schema as JsonObject };
  },
  begin: (model) =>
    event('message_start', {
      message: {
        id: 'msg_01',
        type: 'message',
        role: 'assistant',
        model: `${model}-20260928`,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: {
          // Where the end tells it again, an estimate at first: seen of Ollama.
          input_tokens: model === anthropicModel ? 21 : 30,
          cache_creation_input_tokens: 10,
          cache_read_input_tokens: 80,
          output_tokens: 1,
        },
      },
    }) +
    event('content_block_start', { index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } }) +
    event('ping', {}) +
    event('content_block_delta', {
      index: 0,
      delta: { type: 'thinking_delta', thinking: 'Hm. {"not": "the answer"}' },
    }) +
    event('content_block_delta', { index: 0, delta: { type: 'signature_delta', signature: 'c2ln' } }) +
    event('content_block_stop', { index: 0 }),
  text: (pieces) =>
    event('content_block_start', { index: 1, content_block: { type: 'text', text: '' } }) +
    pieces.map((text) => event('content_block_delta', { index: 1, delta: { type: 'text_delta', text } })).join('') +
    event('content_block_stop', { index: 1 }),
  calls: (calls) =>
    calls
      .map((call, place) => {
        const index = place + 2;
        const block = { type: 'tool_use', id: `toolu_${index}`, name: call.name, input: {} };
        const pieces = JSON.stringify(call.arguments).match(/[\s\S]{1,11}/g) ?? [];
        return (
          event('content_block_start', { index, content_block: block }) +
          pieces
            .map((piece) =>
              event('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json: piece } }),
            )
            .join('') +
          event('content_block_stop', { index })
        );
      })
      .join(''),
  end: (stop, usage, model) =>
    event('message_delta', {
      delta: {
        stop_reason: { stop: 'end_turn', length: 'max_tokens', refusal: 'refusal', tool: 'tool_use' }[stop],
        stop_sequence: null,
      },
      usage: {
        ...(model === anthropicModel
          ? { input_tokens: 30, cache_creation_input_tokens: 10, cache_read_input_tokens: 80 }
          : {}),
        output_tokens: usage.output,
      },
    }) + event('message_stop', {}),
  errorBody: ({ type, message }) => JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_01' }),
  errorInStream: ({ type, message }) => event('error', { error: { type, message } }),
};

/** What the output format does not take. */
function problemOf(schema: JsonValue | undefined): string | undefined {
  if (!isJsonObject(schema)) return 'must be an object';
  const bad = [
    'minimum',
    'maximum',
    'multipleOf',
    'minLength',
    'maxLength',
    'maxItems',
    'oneOf',
    'prefixItems',
    '$ref',
  ];
  const found = bad.find((keyword) => keyword in schema);
  if (found !== undefined) return `For ${JSON.stringify(schema.type)} type, property '${found}' is not supported`;
  if (schema.type === 'object' && schema.additionalProperties !== false) {
    return "For 'object' type, 'additionalProperties' must be explicitly set to false";
  }
  const properties = isJsonObject(schema.properties) ? Object.values(schema.properties) : [];
  const options = Array.isArray(schema.anyOf) ? (schema.anyOf as readonly JsonValue[]) : [];
  const items = schema.items === undefined ? [] : [schema.items];
  return [...properties, ...options, ...items].map(problemOf).find((problem) => problem !== undefined);
}

/** Anthropic's Messages API with one model behind it. */
export function createFakeAnthropic(): FakeModelServer {
  return new FakeModelServer(vendor);
}
