import { ProxyTracerProvider, type Span, type SpanContext, type SpanOptions, type Tracer } from '@opentelemetry/api';

export interface TracingOptions {
  /** Where spans are posted as OTLP over HTTP; absent = nothing is traced. */
  readonly url: string | undefined;
  readonly version: string;
  readonly host: string;
  /** Told of each batch that was sent, or was not. Must not throw. */
  readonly onExport: (spans: number, fault?: string) => void;
}

export interface Tracing {
  readonly tracer: Tracer;
  /** Starts a span that others already know by its ids. */
  startSpanAt(place: SpanContext, parent: SpanContext | undefined, name: string, options: SpanOptions): Span;
  /** Sends what is not sent yet, for as long as that takes within three seconds. */
  close(): Promise<void>;
}

/** Our traces. Without a url no span is recorded, and what would send them, some two hundred files, is not loaded. */
export async function createTracing({ url, ...options }: TracingOptions): Promise<Tracing> {
  if (url !== undefined) return (await import('./otlp-tracing.ts')).createOtlpTracing({ url, ...options });
  const tracer = new ProxyTracerProvider().getTracer('homeostat');
  return {
    tracer,
    startSpanAt: (_place, _parent, name) => tracer.startSpan(name),
    close: async () => undefined,
  };
}
