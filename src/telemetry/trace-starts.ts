import { context, isSpanContextValid, trace } from '@opentelemetry/api';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { traceHeaders } from '../domain/run-trace.ts';
import { writeTraceHeader } from './trace-context.ts';

/** Gives a run that is started or told within a span that span as its parent. */
export const traceStarts: WorkflowClientInterceptor = {
  signalWithStart(input, next) {
    const place = trace.getSpanContext(context.active());
    if (place === undefined || !isSpanContextValid(place)) return next(input);
    return next({ ...input, headers: writeTraceHeader(input.headers, traceHeaders.own, place) });
  },
};
