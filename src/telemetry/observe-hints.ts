import { performance } from 'node:perf_hooks';
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { HintObserver } from '../starters/hint-observer.ts';
import type { Metrics } from './metrics.ts';
import { toResourceAttributes } from './span-attributes.ts';
import { fromTraceparent, toTraceparent } from './trace-context.ts';
import type { Tracing } from './tracing.ts';

/**
 * The beginning of every trace: a span from the event the watcher saw until its run was told, and in it one for each
 * try to tell. Of hints that were folded the newest goes on; the others end with a link to it.
 */
export function createHintObserver({ tracer }: Tracing, metrics: Metrics): HintObserver {
  return {
    seen(resource, { reason, desiredRevision }) {
      metrics.hints.inc({ reason });
      const seenAt = performance.now();
      const attributes = {
        ...toResourceAttributes(resource),
        'homeostat.reason': reason,
        'homeostat.revision': desiredRevision,
      };
      const seen = tracer.startSpan(`watch ${reason}`, { kind: SpanKind.CONSUMER, attributes, root: true });
      const within = trace.setSpan(ROOT_CONTEXT, seen);
      return {
        ...(seen.isRecording() ? { traceparent: toTraceparent(seen.spanContext()) } : {}),
        foldInto({ traceparent }) {
          const newer = fromTraceparent(traceparent);
          if (newer !== undefined) seen.addLink({ context: newer, attributes: { 'homeostat.link': 'folded into' } });
          seen.end();
        },
        async attempt(call) {
          const attempt = tracer.startSpan('signal-with-start', { kind: SpanKind.PRODUCER, attributes }, within);
          try {
            await context.with(trace.setSpan(within, attempt), call);
            metrics.hintAttempts.inc({ outcome: 'sent' });
            metrics.hintDelay.observe((performance.now() - seenAt) / 1_000);
            seen.end();
          } catch (error) {
            metrics.hintAttempts.inc({ outcome: 'failed' });
            attempt.setStatus({ code: SpanStatusCode.ERROR });
            throw error;
          } finally {
            attempt.end();
          }
        },
      };
    },
  };
}
