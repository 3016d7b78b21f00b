import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { ActivityInterceptorsFactory, InjectedSinks } from '@temporalio/worker';
import type { ModelChoice } from '../domain/model-route.ts';
import type { RunSinks } from '../domain/run-trace.ts';
import type { HintObserver } from '../starters/hint-observer.ts';
import type { Store } from '../state/store.ts';
import type { Logger } from './logger.ts';
import { countActivities } from './count-activities.ts';
import { countModelCall, type CallCost } from './count-model-calls.ts';
import { createMetrics } from './metrics.ts';
import { measureRuntime, type MeasuredParts } from './measure-runtime.ts';
import { renderMetricsPage, type MetricsPage } from './metrics-page.ts';
import { createHintObserver } from './observe-hints.ts';
import { observeRuns } from './observe-runs.ts';
import { observeStore, type ObservedStore } from './observe-store.ts';
import { traceActivities } from './trace-activities.ts';
import { traceStarts } from './trace-starts.ts';
import { createTracing } from './tracing.ts';

/** What watches one runtime from outside: each part of it is given the piece that observes it. */
export interface Telemetry {
  readonly hintObserver: HintObserver;
  readonly clientInterceptor: WorkflowClientInterceptor;
  readonly activityInterceptors: readonly ActivityInterceptorsFactory[];
  readonly sinks: InjectedSinks<RunSinks>;
  observeStore(store: Store): ObservedStore;
  /** Called for each call of a model; `outcome` is `answered` or the failure's code. */
  countModelCall(choice: ModelChoice, outcome: string, cost?: CallCost): void;
  /** Called for each look of the runtime's own checks. */
  countCheck(type: string, outcome: string): void;
  /** Called once, when all parts are there. */
  measure(parts: MeasuredParts): void;
  renderMetrics(): Promise<MetricsPage>;
  /** Sends the spans that are not sent yet. */
  close(): Promise<void>;
}

export interface TelemetryOptions {
  /** Where spans are posted; absent = nothing is traced. */
  readonly traces: string | undefined;
  readonly version: string;
  readonly host: string;
  /** Names of this runtime's agents, by kind. */
  readonly owners: ReadonlyMap<string, string>;
  /** Types of faults that those kinds check for themselves. */
  readonly issueTypes: readonly string[];
  /** `host:port` of the Temporal SDK's own metrics. */
  readonly sdkMetricsAddress: string | undefined;
  readonly log: Logger;
}

export async function createTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const { traces, version, host, owners, issueTypes, sdkMetricsAddress, log } = options;
  const metrics = createMetrics(owners, issueTypes);
  let isAway = false;
  const shownUrl = toShownAddress(traces);
  const tracing = await createTracing({
    url: traces,
    version,
    host,
    onExport(spans, fault) {
      metrics.spans.inc({ outcome: fault === undefined ? 'sent' : 'failed' }, spans);
      // Said when it begins and when it is over, not with every batch.
      if (fault !== undefined && !isAway)
        log.warn({ url: shownUrl, cause: fault }, 'cannot send traces, going on without');
      if (fault === undefined && isAway) log.info({ url: shownUrl }, 'traces are sent again');
      isAway = fault !== undefined;
    },
  });
  return {
    hintObserver: createHintObserver(tracing, metrics),
    clientInterceptor: traceStarts,
    activityInterceptors: [...(traces === undefined ? [] : [traceActivities(tracing)]), countActivities(metrics)],
    sinks: observeRuns(tracing, metrics),
    observeStore: (store) => observeStore(store, tracing, metrics),
    countModelCall: (choice, outcome, cost) => countModelCall(metrics, choice, outcome, cost),
    countCheck: (type, outcome) => metrics.checks.inc({ type, outcome }),
    measure: (parts) => measureRuntime(metrics, parts),
    renderMetrics: () => renderMetricsPage(metrics, sdkMetricsAddress),
    close: () => tracing.close(),
  };
}

/** An address as it may stand in a log: a password or a token may be in what is left out. */
function toShownAddress(address: string | undefined): string | undefined {
  const url = address === undefined ? undefined : URL.parse(address);
  return url === undefined || url === null ? undefined : url.origin + url.pathname;
}
