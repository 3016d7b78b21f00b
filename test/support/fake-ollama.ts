import { isJsonObject, type JsonObject, type JsonValue } from '../../src/domain/json.ts';
import { FakeModelServer, type FakeVendor } from './fake-model-server.ts';

export const ollamaModel = 'qwen3:8b';

const line = (part: object) =>
  `${JSON.stringify({ model: ollamaModel, created_at: '2026-11-21T10:00:00.000000Z', ...part })}\n`;
const piece = (message: object) => line({ message: { role: 'assistant', content: '', ...message }, done: false });

const vendor: FakeVendor = {
  path: '/api/chat',
  streamType: 'application/x-ndjson',
  check({ model, messages, format }) {
    if (model !== ollamaModel) {
      return { status: 404, type: '', message: `model ${JSON.stringify(model)} not found, try pulling it first` };
    }
    if (!Array.isArray(messages)) return { status: 400, type: '', message: 'messages are required' };
    if (format !== undefined && !isJsonObject(format)) return { status: 400, type: '', message: 'invalid format' };
    if (patternsOf(format).some((pattern) => !/^\^[^\\(]*\$$/.test(pattern))) {
      return { status: 500, type: '', message: 'invalid JSON schema in format' };
    }
    return undefined;
  },
  dialectOf({ format, tools }) {
    if (isJsonObject(format)) return { schema: format };
    const [tool] = (tools ?? []) as readonly { readonly function: JsonObject }[];
    if (tool === undefined) return 'text';
    return { tool: tool.function.name as string, schema: tool.function.parameters as JsonObject };
  },
  begin: () => piece({ thinking: 'Hm.' }),
  text: (pieces) => pieces.map((content) => piece({ content })).join(''),
  calls: (calls) => piece({ tool_calls: calls.map((call) => ({ function: call })) }),
  end: (stop, usage) =>
    line({
      message: { role: 'assistant', content: '' },
      done: true,
      done_reason: stop === 'length' ? 'length' : 'stop',
      total_duration: 5_000_000,
      load_duration: 1_000_000,
      prompt_eval_count: usage.input,
      prompt_eval_duration: 1_000_000,
      eval_count: usage.output,
      eval_duration: 3_000_000,
    }),
  errorBody: ({ message }) => JSON.stringify({ error: message }),
  errorInStream: ({ message }) => `${JSON.stringify({ error: message })}\n`,
};

/** All that a schema demands of texts; the real one refuses or stops at what its grammars cannot say. */
function patternsOf(schema: JsonValue | undefined): readonly string[] {
  if (Array.isArray(schema)) return schema.flatMap(patternsOf);
  if (!isJsonObject(schema)) return [];
  const { pattern, ...rest } = schema;
  return [
    ...(typeof pattern === 'string' ? [pattern] : patternsOf(pattern)),
    ...Object.values(rest).flatMap(patternsOf),
  ];
}

/** Ollama's own protocol with one model pulled. */
export function createFakeOllama(): FakeModelServer {
  return new FakeModelServer(vendor);
}
