import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Attributes, type Link } from '@opentelemetry/api';
import type { Info } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { traceHeaders } from '../domain/run-trace.ts';
import { toOutcomeCode } from './count-activities.ts';
import { describeActivity } from './describe-activity.ts';
import { placeOfRun, readTraceHeader } from './trace-context.ts';
import type { Tracing } from './tracing.ts';

/**
 * A span for each attempt of an activity, below its run's. Linked to the newest event that was folded into the run, which
 * this activity answers as well. Of a failure only the code is told: a message may quote a value.
 */
export function traceActivities({ tracer }: Tracing): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        const type = info.activityType;
        const argument = input.args[0];
        const run = placeOfRun(info.workflowExecution?.runId ?? '', readTraceHeader(input.headers, traceHeaders.own));
        const within = trace.setSpanContext(ROOT_CONTEXT, run);
        const heard = readTraceHeader(input.headers, traceHeaders.heard);
        const links: Link[] =
          heard === undefined ? [] : [{ context: heard, attributes: { 'homeostat.link': 'heard' } }];
        const { name, attributes } = describeActivity(type, argument);
        const span = tracer.startSpan(
          name,
          { kind: SpanKind.CONSUMER, attributes: { ...toCallAttributes(info), ...attributes }, links },
          within,
        );
        try {
          const result = await context.with(trace.setSpan(within, span), () => next(input));
          span.setAttributes(describeActivity(type, argument, result).attributes);
          return result;
        } catch (error) {
          const code = toOutcomeCode(error);
          span.setAttribute('error.type', code);
          span.setStatus({ code: SpanStatusCode.ERROR, message: code });
          throw error;
        } finally {
          span.end();
        }
      },
    },
  });
}

function toCallAttributes({ workflowExecution, attempt, taskQueue }: Info): Attributes {
  return {
    'homeostat.run': workflowExecution?.workflowId,
    'temporal.run_id': workflowExecution?.runId,
    'temporal.task_queue': taskQueue,
    'temporal.attempt': attempt,
  };
}
