import { createHash } from 'node:crypto';
import { isSpanContextValid, TraceFlags, type SpanContext } from '@opentelemetry/api';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';

/** W3C `traceparent`: how a place in a trace is written where it leaves the process. */
export function toTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The place in a trace that a text names; nothing when it is none, wherever it came from. */
export function fromTraceparent(text: unknown): SpanContext | undefined {
  const [, traceId, spanId, flags] = (typeof text === 'string' && pattern.exec(text)) || [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const place = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(place) ? place : undefined;
}

export function readTraceHeader(headers: Headers, name: string): SpanContext | undefined {
  const payload = headers[name];
  if (payload === undefined) return undefined;
  try {
    return fromTraceparent(defaultPayloadConverter.fromPayload(payload));
  } catch {
    return undefined;
  }
}

export function writeTraceHeader(headers: Headers, name: string, place: SpanContext): Headers {
  return { ...headers, [name]: defaultPayloadConverter.toPayload(toTraceparent(place)) };
}

/**
 * The place of a run in its trace, which everybody who knows the run's id reckons alike: its activities, which are told
 * of their parent before that span has ended, on whatever host, and the worker that tells of its end. A run that no hint
 * started has a trace of its own.
 */
export function placeOfRun(runId: string, startedBy: SpanContext | undefined): SpanContext {
  const digest = createHash('sha256').update(runId).digest('hex');
  return {
    traceId: startedBy?.traceId ?? digest.slice(0, 32),
    spanId: digest.slice(32, 48),
    traceFlags: startedBy?.traceFlags ?? TraceFlags.SAMPLED,
    isRemote: true,
  };
}
