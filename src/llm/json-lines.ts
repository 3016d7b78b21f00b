/*
 * Around the `ollama` package, which writes to the console what it cannot parse (and that is what a model wrote), drops
 * lines that are cut, and takes an error's text only from JSON. Here such a stream fails, and every error is JSON.
 */

/** Lets whole lines of JSON through and fails on any other. */
export function asLines(): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let rest = '';
  const pass = (line: string, stream: TransformStreamDefaultController<Uint8Array>) => {
    if (line.trim() === '') return;
    JSON.parse(line);
    stream.enqueue(encoder.encode(`${line}\n`));
  };
  const guard = (lines: readonly string[], stream: TransformStreamDefaultController<Uint8Array>) => {
    try {
      for (const line of lines) pass(line, stream);
    } catch {
      throw new Error('sent a line that is not JSON');
    }
  };
  return new TransformStream({
    transform(chunk, stream) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      guard(lines, stream);
    },
    flush(stream) {
      guard([rest + decoder.decode()], stream);
    },
  });
}

/** An error response whose body is `{"error": text}`, whatever it was. */
export async function withJsonError(response: Response): Promise<Response> {
  const text = (await response.text()).slice(0, 2_000);
  let error = text === '' ? response.statusText : text;
  try {
    const body = JSON.parse(text) as { error?: unknown };
    if (typeof body.error === 'string') error = body.error;
  } catch {
    // Shown as it is.
  }
  return new Response(JSON.stringify({ error }), {
    status: response.status,
    headers: { 'content-type': 'application/json' },
  });
}
