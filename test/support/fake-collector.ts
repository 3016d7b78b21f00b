import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { parse } from 'protobufjs';

/** The part of OTLP that traces need, field by field as opentelemetry-proto numbers it. */
const { root } = parse(`
  syntax = "proto3";
  message Request { repeated ResourceSpans resourceSpans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scopeSpans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes traceId = 1; bytes spanId = 2; bytes parentSpanId = 4; string name = 5; int32 kind = 6;
    fixed64 startTimeUnixNano = 7; fixed64 endTimeUnixNano = 8; repeated KeyValue attributes = 9;
    repeated Link links = 13; Status status = 15;
  }
  message Link { bytes traceId = 1; bytes spanId = 2; repeated KeyValue attributes = 4; }
  message Status { string message = 2; int32 code = 3; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue {
    oneof value { string string = 1; bool bool = 2; int64 int = 3; double double = 4; ArrayValue array = 5; }
  }
  message ArrayValue { repeated AnyValue values = 1; }
`);
const Request = root.lookupType('Request');

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Absent at the root of a trace. */
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly isError: boolean;
  /** Attributes of the process that sent it. */
  readonly resource: Readonly<Record<string, unknown>>;
}

/** An OpenTelemetry collector that takes OTLP over HTTP with protobuf, and keeps what it gets. */
export interface FakeCollector {
  /** Where spans are posted. */
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  /** Takes nothing from now on: `refuses` answers 400, `hangs` does not answer. */
  fail(how: 'refuses' | 'hangs'): void;
  stop(): Promise<void>;
}

export async function startFakeCollector(): Promise<FakeCollector> {
  const spans: CollectedSpan[] = [];
  let failing: 'refuses' | 'hangs' | undefined;
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      if (failing === 'hangs') return;
      const isOurs = request.url === '/v1/traces' && request.headers['content-type'] === 'application/x-protobuf';
      if (failing === 'refuses' || !isOurs) return response.writeHead(400).end();
      spans.push(...readSpans(body));
      return response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    spans,
    fail(how) {
      failing = how;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface KeyValue {
  readonly key: string;
  readonly value: { readonly array?: { readonly values?: readonly object[] } };
}
interface RawSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly KeyValue[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status?: { readonly code?: number };
}
interface RawRequest {
  readonly resourceSpans?: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly { readonly spans: readonly RawSpan[] }[];
  }[];
}

function readSpans(body: Uint8Array): CollectedSpan[] {
  const request = Request.toObject(Request.decode(body), { bytes: String, longs: String }) as RawRequest;
  return (request.resourceSpans ?? []).flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map((span) => toCollected(span, toRecord(resource.attributes)))),
  );
}

function toCollected(span: RawSpan, resource: Record<string, unknown>): CollectedSpan {
  return {
    traceId: toHex(span.traceId),
    spanId: toHex(span.spanId),
    ...(span.parentSpanId ? { parentSpanId: toHex(span.parentSpanId) } : {}),
    name: span.name,
    startedAt: Number(span.startTimeUnixNano) / 1e6,
    endedAt: Number(span.endTimeUnixNano) / 1e6,
    attributes: toRecord(span.attributes ?? []),
    links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId: toHex(traceId), spanId: toHex(spanId) })),
    isError: span.status?.code === 2,
    resource,
  };
}

function toRecord(attributes: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, toValue(value)]));
}

function toValue(value: KeyValue['value']): unknown {
  if (value.array !== undefined) return (value.array.values ?? []).map((one) => toValue(one));
  const [plain] = Object.values(value) as unknown[];
  return plain;
}

function toHex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}
