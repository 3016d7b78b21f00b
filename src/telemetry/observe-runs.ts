import { SpanKind, type Link } from '@opentelemetry/api';
import type { InjectedSinks } from '@temporalio/worker';
import type { RunSinks } from '../domain/run-trace.ts';
import type { Metrics } from './metrics.ts';
import { fromTraceparent, placeOfRun } from './trace-context.ts';
import type { Tracing } from './tracing.ts';

/** What the workflows tell of their runs: a span from beginning to end, and counts. Not told again in a replay. */
export function observeRuns(tracing: Tracing, metrics: Metrics): InjectedSinks<RunSinks> {
  return {
    homeostatRun: {
      started: {
        fn({ workflowType }) {
          metrics.runsStarted.inc({ workflow: workflowType });
        },
      },
      ended: {
        fn({ workflowType, workflowId, runId, runStartTime, historyLength }, { outcome, own, heard }) {
          const endedAt = Date.now();
          const startedAt = runStartTime.getTime();
          metrics.run.observe({ workflow: workflowType, outcome }, Math.max(0, endedAt - startedAt) / 1_000);
          const parent = fromTraceparent(own);
          const span = tracing.startSpanAt(placeOfRun(runId, parent), parent, `run ${workflowType}`, {
            kind: SpanKind.INTERNAL,
            startTime: startedAt,
            attributes: {
              'homeostat.run': workflowId,
              'homeostat.outcome': outcome,
              'temporal.run_id': runId,
              'temporal.history_length': historyLength,
            },
            links: heard.flatMap((text): Link[] => {
              const place = fromTraceparent(text);
              return place === undefined ? [] : [{ context: place, attributes: { 'homeostat.link': 'heard' } }];
            }),
          });
          span.end(endedAt);
        },
      },
    },
  };
}
