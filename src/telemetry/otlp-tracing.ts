import { context, ROOT_CONTEXT, trace, type SpanContext } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, RandomIdGenerator, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace';
import type { Tracing, TracingOptions } from './tracing.ts';

const closePatienceMs = 3_000;

/**
 * Spans posted by OTLP, through a provider of our own: nothing is registered for the process but what carries a span
 * along with asynchronous calls, and that only where nobody else has.
 */
export function createOtlpTracing({
  url,
  version,
  host,
  onExport,
}: TracingOptions & { readonly url: string }): Tracing {
  // One for the process and for good; answers false where the program that we are part of has set its own.
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const ids = createIdGenerator();
  const exporter = observeExporter(new OTLPTraceExporter({ url }), onExport);
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'homeostat', 'service.version': version, 'host.name': host }))
      .merge(detectResources({ detectors: [envDetector] })),
    idGenerator: ids,
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: 1_000, exportTimeoutMillis: 10_000 })],
  });
  const tracer = provider.getTracer('homeostat', version);
  return {
    tracer,
    startSpanAt: (place, parent, name, options) =>
      ids.givenFrom(place, () =>
        tracer.startSpan(
          name,
          options,
          parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent),
        ),
      ),
    async close() {
      const patience = Promise.withResolvers<void>();
      const timer = setTimeout(patience.resolve, closePatienceMs);
      // A collector that is away has been told of by then, and must not hold the runtime up.
      await Promise.race([provider.shutdown().catch(() => undefined), patience.promise]);
      clearTimeout(timer);
    },
  };
}

function createIdGenerator() {
  const random = new RandomIdGenerator();
  let given: SpanContext | undefined;
  return {
    generateTraceId: () => given?.traceId ?? random.generateTraceId(),
    generateSpanId: () => given?.spanId ?? random.generateSpanId(),
    /** The one span that is started meanwhile gets these ids. */
    givenFrom<Result>(place: SpanContext, start: () => Result): Result {
      given = place;
      try {
        return start();
      } finally {
        given = undefined;
      }
    },
  };
}

function observeExporter(exporter: SpanExporter, onExport: TracingOptions['onExport']): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const isSent = result.code === ExportResultCode.SUCCESS;
        onExport(spans.length, isSent ? undefined : (result.error?.message ?? 'no reason given'));
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}
