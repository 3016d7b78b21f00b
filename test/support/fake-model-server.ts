import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurnOfLoop, setTimeout as delay } from 'node:timers/promises';
import type { JsonObject, JsonValue } from '../../src/domain/json.ts';
import { encodeAnswer } from './encode-answer.ts';

/** What the model behind the server does next. */
export type FakeTurn =
  /** A good answer, in the dialect that the request asks for. */
  | { readonly kind: 'answer'; readonly value: unknown }
  | { readonly kind: 'text'; readonly text: string; readonly stop?: FakeStop }
  | { readonly kind: 'calls'; readonly calls: readonly FakeCall[]; readonly text?: string }
  | { readonly kind: 'error'; readonly status: number; readonly fault?: FakeFault; readonly headers?: FakeHeaders }
  | { readonly kind: 'error-in-stream'; readonly fault: FakeFault }
  /** Takes the request and never says a word. */
  | { readonly kind: 'hang' }
  /** Begins the answer, then silence on an open connection. */
  | { readonly kind: 'stall' }
  /** Begins the answer, then the connection breaks. */
  | { readonly kind: 'cut' }
  /** Begins the answer, then the response ends as if all were well. */
  | { readonly kind: 'end-early' }
  /** Writes for ever, a character at a time. */
  | { readonly kind: 'trickle'; readonly everyMs: number }
  | { readonly kind: 'page' }
  | { readonly kind: 'redirect'; readonly to: string };

export type FakeStop = 'stop' | 'length' | 'refusal';
export type FakeHeaders = Readonly<Record<string, string>>;
export interface FakeCall {
  readonly name: string;
  readonly arguments: unknown;
}
export interface FakeFault {
  readonly status?: number;
  readonly type: string;
  readonly message: string;
}
export interface FakeUsage {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

/** What a vendor's protocol is made of; everything a `string` here goes over the wire as it is. */
export interface FakeVendor {
  readonly path: string;
  readonly streamType: string;
  /** What the real server refuses a request for. */
  check(body: JsonObject, headers: IncomingMessage['headers']): FakeFault | undefined;
  /** How the request wants its answer. */
  dialectOf(body: JsonObject): { schema: JsonObject } | { tool: string; schema: JsonObject } | 'text';
  begin(model: string): string;
  text(pieces: readonly string[], stop: FakeStop, hasCalls: boolean): string;
  calls(calls: readonly FakeCall[], model: string): string;
  end(stop: FakeStop | 'tool', usage: FakeUsage, model: string): string;
  errorBody(fault: FakeFault): string;
  errorInStream(fault: FakeFault): string;
}

export interface SeenRequest {
  readonly headers: IncomingMessage['headers'];
  readonly body: JsonObject;
  /** Milliseconds since 1970, as is `endedAt`; that is when the answer was complete or the connection closed. */
  readonly beganAt: number;
  endedAt?: number;
  /** Whether the client closed the connection before it had the whole answer. */
  isClosedByClient: boolean;
}

export const fakeUsage: FakeUsage = { input: 120, cached: 80, output: 42 };

/** A server that speaks a vendor's protocol, streaming included. A turn nobody asked for, or too few of them, is a fault. */
export class FakeModelServer {
  readonly requests: SeenRequest[] = [];
  private turns: FakeTurn[] = [];
  private answer: ((said: string) => unknown) | undefined;
  private delayMs = 0;
  private readonly vendor: FakeVendor;
  private readonly server = createServer((request, response) => void this.serve(request, response));

  constructor(vendor: FakeVendor) {
    this.vendor = vendor;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get lastRequest(): SeenRequest {
    return this.requests.at(-1)!;
  }

  /** Forgets what was; the next requests get these turns. */
  expect(...turns: readonly FakeTurn[]): void {
    this.turns = [...turns];
    this.requests.length = 0;
  }

  /** Whatever is asked from now on is answered, after `delayMs`, by what this makes of the last thing the user said. */
  answerBy(answer: (said: string) => unknown, delayMs = 0): void {
    this.answer = answer;
    this.delayMs = delayMs;
  }

  get turnsLeft(): number {
    return this.turns.length;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as JsonObject;
    const seen: SeenRequest = { headers: request.headers, body, beganAt: Date.now(), isClosedByClient: false };
    response.on('close', () => {
      seen.endedAt = Date.now();
      seen.isClosedByClient = !response.writableFinished;
    });
    this.requests.push(seen);
    const refuse = (fault: FakeFault, headers: FakeHeaders = {}) =>
      response
        .writeHead(fault.status ?? 500, { 'content-type': 'application/json', ...headers })
        .end(this.vendor.errorBody(fault));
    if (request.method !== 'POST' || request.url !== this.vendor.path) {
      refuse({ status: 404, type: 'not_found_error', message: `no ${request.method} ${request.url}` });
      return;
    }
    const fault = this.vendor.check(body, request.headers);
    if (fault !== undefined) {
      refuse(fault);
      return;
    }
    const turn = this.turns.shift() ?? (await this.answered(body));
    if (turn === undefined) refuse({ status: 418, type: 'unexpected', message: 'no turn left for this request' });
    else if (turn.kind === 'error') refuse({ ...standardFault, ...turn.fault, status: turn.status }, turn.headers);
    else await this.play(turn, body, response);
  }

  private async answered(body: JsonObject): Promise<FakeTurn | undefined> {
    if (this.answer === undefined) return undefined;
    await delay(this.delayMs);
    const said = (body.messages as readonly { readonly content: string }[]).at(-1)!.content;
    return { kind: 'answer', value: this.answer(said) };
  }

  private async play(turn: Exclude<FakeTurn, { kind: 'error' }>, body: JsonObject, response: ServerResponse) {
    const { vendor } = this;
    const model = body.model as string;
    if (turn.kind === 'hang') return;
    if (turn.kind === 'page') {
      response
        .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
        .end('<html>Sign in to the network</html>');
      return;
    }
    if (turn.kind === 'redirect') {
      response.writeHead(307, { location: turn.to }).end();
      return;
    }
    response.writeHead(200, { 'content-type': vendor.streamType });
    const half = vendor.begin(model) + vendor.text(['{"half": "an ans'], 'stop', false);
    switch (turn.kind) {
      case 'stall':
        response.write(half);
        return;
      case 'cut':
        response.write(half, () => setTimeout(() => response.destroy(), 20));
        return;
      case 'end-early':
        response.end(half);
        return;
      case 'error-in-stream':
        response.end(half + vendor.errorInStream(turn.fault));
        return;
      case 'trickle':
        response.write(vendor.begin(model));
        while (!response.destroyed) {
          response.write(vendor.text(['x'], 'stop', false));
          await delay(turn.everyMs);
        }
        return;
      default:
        await sendInPieces(response, this.wholeAnswer(turn, body, model));
    }
  }

  private wholeAnswer(turn: Extract<FakeTurn, { kind: 'answer' | 'text' | 'calls' }>, body: JsonObject, model: string) {
    const { vendor } = this;
    const { text, calls, stop } = this.wordsOf(turn, body);
    const pieces = text.match(text.length < 2_000 ? /[\s\S]{1,9}/g : /[\s\S]{1,9999}/g) ?? [];
    return (
      vendor.begin(model) +
      (text === '' ? '' : vendor.text(pieces, stop, calls.length > 0)) +
      (calls.length === 0 ? '' : vendor.calls(calls, model)) +
      vendor.end(calls.length > 0 ? 'tool' : stop, fakeUsage, model)
    );
  }

  private wordsOf(turn: Extract<FakeTurn, { kind: 'answer' | 'text' | 'calls' }>, body: JsonObject) {
    if (turn.kind === 'text') return { text: turn.text, calls: [], stop: turn.stop ?? ('stop' as const) };
    if (turn.kind === 'calls') return { text: turn.text ?? '', calls: turn.calls, stop: 'stop' as const };
    const dialect = this.vendor.dialectOf(body);
    if (dialect === 'text') return { text: JSON.stringify(turn.value), calls: [], stop: 'stop' as const };
    const encoded = encodeAnswer(dialect.schema, turn.value as JsonValue);
    if (!('tool' in dialect)) return { text: JSON.stringify(encoded), calls: [], stop: 'stop' as const };
    return { text: '', calls: [{ name: dialect.tool, arguments: encoded }], stop: 'stop' as const };
  }
}

const standardFault = { type: 'api_error', message: 'something broke' };

/** In pieces that end in the middle of frames and of characters, as a network does it. */
async function sendInPieces(response: ServerResponse, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  const size = bytes.length < 20_000 ? 151 : 65_537;
  for (let start = 0; start < bytes.length && !response.destroyed; start += size) {
    response.write(bytes.subarray(start, start + size));
    await nextTurnOfLoop();
  }
  response.end();
}
