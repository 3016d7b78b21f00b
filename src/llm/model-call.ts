import { longestTimerMs } from '../domain/duration.ts';
import { HomeostatError } from '../domain/failure.ts';
import { ProviderError, toProviderError, type AskedProvider, type SeenResponse } from './provider-errors.ts';
import { asLines, withJsonError } from './json-lines.ts';

export interface CallSettings extends AskedProvider {
  /** The kind of body a good response has. */
  readonly streamType: 'text/event-stream' | 'application/x-ndjson';
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  /** Milliseconds without a single byte after which the provider counts as gone. */
  readonly idleMs: number;
}

/** One call of a provider, handed to the vendor's package. */
export interface ModelCall {
  /** In place of the global one: goes to the base address only, and is watched. */
  readonly fetch: (url: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** Ends with the caller's signal, the deadline, and silence. */
  readonly signal: AbortSignal;
}

/** All that a provider needs to see. The packages would send more: the machine, and what the environment says. */
const sentHeaders = new Set([
  'accept',
  'anthropic-version',
  'authorization',
  'content-type',
  'user-agent',
  'x-api-key',
]);
const maximumResponseBytes = 64 * 1024 * 1024;

/**
 * Runs one call of a provider under its limits. Every way in which it can end badly comes out as one of our codes: no
 * answer before the deadline, silence, a redirect, a page instead of a stream, a connection cut. When it ends, however it
 * ends, the connection is closed. Aborted by the caller, it throws the caller's reason.
 */
export async function withModelCall<Result>(
  settings: CallSettings,
  run: (call: ModelCall) => Promise<Result>,
): Promise<Result> {
  const { signal, deadlineMs, idleMs } = settings;
  signal.throwIfAborted();
  const controller = new AbortController();
  let response: SeenResponse | undefined;
  const giveUp = (message: string) => controller.abort(new ProviderError('MODEL_UNAVAILABLE', settings, { message }));
  const onAbort = () => controller.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const deadline = setTimeout(() => giveUp(`no complete answer within ${deadlineMs} ms`), deadlineMs);
  const silence = setTimeout(() => giveUp(`silent for ${idleMs} ms`), Math.min(idleMs, longestTimerMs));
  const watch = () => silence.refresh();

  const watchedFetch: ModelCall['fetch'] = async (url, init = {}) => {
    const target = new Request(url, { ...init, redirect: 'manual' });
    if (new URL(target.url).origin !== new URL(settings.baseUrl).origin) throw misdirected(settings, target.url);
    for (const name of Array.from(target.headers.keys())) if (!sentHeaders.has(name)) target.headers.delete(name);
    const came = await fetch(target, { signal: AbortSignal.any([target.signal, controller.signal]) });
    response = { status: came.status, headers: came.headers };
    watch();
    return judgeResponse(came, settings, watch);
  };

  try {
    const result = await run({ fetch: watchedFetch, signal: controller.signal });
    // The packages end a stream in silence when it is aborted.
    controller.signal.throwIfAborted();
    return result;
  } catch (error) {
    if (controller.signal.aborted) throw controller.signal.reason;
    throw toProviderError(error, settings, response);
  } finally {
    clearTimeout(deadline);
    clearTimeout(silence);
    signal.removeEventListener('abort', onAbort);
    controller.abort(new HomeostatError('MODEL_UNAVAILABLE', { problem: 'the call is over' }));
  }
}

async function judgeResponse(response: Response, settings: CallSettings, watch: () => void): Promise<Response> {
  const { status, headers } = response;
  const type = headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? 'nothing';
  if (status >= 300 && status < 400) {
    throw misdirected(settings, headers.get('location') ?? 'nowhere', status);
  }
  if (!response.ok) return settings.streamType === 'application/x-ndjson' ? withJsonError(response) : response;
  if (type !== settings.streamType || response.body === null) {
    throw new ProviderError('MODEL_MISCONFIGURED', settings, {
      status,
      message: `answered with ${type} where ${settings.streamType} is expected`,
    });
  }
  const watched = response.body.pipeThrough(watchBytes(settings, watch));
  const body = settings.streamType === 'application/x-ndjson' ? watched.pipeThrough(asLines()) : watched;
  return new Response(body, { status, headers });
}

function watchBytes(settings: CallSettings, watch: () => void): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, stream) {
      watch();
      bytes += chunk.byteLength;
      if (bytes > maximumResponseBytes) {
        throw new ProviderError('MODEL_UNAVAILABLE', settings, { message: `sent over ${maximumResponseBytes} bytes` });
      }
      stream.enqueue(chunk);
    },
  });
}

function misdirected(settings: CallSettings, target: string, status?: number): ProviderError {
  const message = `leads to ${target}, which is not followed`;
  return new ProviderError('MODEL_MISCONFIGURED', settings, { ...(status === undefined ? {} : { status }), message });
}
