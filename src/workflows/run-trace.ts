import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import {
  ContinueAsNew,
  isCancellation,
  proxySinks,
  type Headers,
  type WorkflowInterceptors,
} from '@temporalio/workflow';
import { traceHeaders, type RunSinks } from '../domain/run-trace.ts';

/** More events folded into one run are told of by the newest. */
const maximumHeard = 32;

/**
 * Hands the trace on from the hint that started a run to its activities and to the runs it starts, and tells the worker
 * when a run begins and ends. Copies headers and nothing else: no ids, no random numbers, no await, no command, so that no
 * history depends on whether anybody traces. (The SDK's own interceptors make spans in here, and break replay after a
 * query.)
 */
export const interceptors = (): WorkflowInterceptors => {
  const { homeostatRun } = proxySinks<RunSinks>();
  let own: Payload | undefined;
  const heard: Payload[] = [];

  const withTrace = (headers: Headers): Headers => {
    if (own === undefined && heard.length === 0) return headers;
    const newest = heard.at(-1);
    return {
      ...headers,
      ...(own === undefined ? {} : { [traceHeaders.own]: own }),
      ...(newest === undefined ? {} : { [traceHeaders.heard]: newest }),
    };
  };
  const end = (outcome: string) => {
    const parent = toText(own);
    homeostatRun.ended({
      outcome,
      ...(parent === undefined ? {} : { own: parent }),
      heard: heard.flatMap((payload) => toText(payload) ?? []),
    });
  };

  return {
    inbound: [
      {
        execute(input, next) {
          own = input.headers[traceHeaders.own];
          const carried = input.headers[traceHeaders.heard];
          if (carried !== undefined) heard.push(carried);
          homeostatRun.started();
          const result = next(input);
          // Beside the promise that is returned, not in its way: a turn more would move the run's commands.
          void result.then(
            (value) => end(toOutcome(value)),
            (error: unknown) => end(toFault(error)),
          );
          return result;
        },
        handleSignal(input, next) {
          const trace = input.headers[traceHeaders.own];
          // The signal that starts a run comes with the run's own trace.
          if (trace !== undefined && toText(trace) !== toText(own)) heard.push(trace);
          if (heard.length > maximumHeard) heard.shift();
          return next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next({ ...input, headers: withTrace(input.headers) }),
        startChildWorkflowExecution: (input, next) => next({ ...input, headers: withTrace(input.headers) }),
        continueAsNew: (input, next) => next({ ...input, headers: withTrace(input.headers) }),
      },
    ],
  };
};

function toOutcome(value: unknown): string {
  const outcome = (value as { readonly outcome?: unknown } | undefined)?.outcome;
  return typeof outcome === 'string' ? outcome : 'done';
}

function toFault(error: unknown): string {
  if (error instanceof ContinueAsNew) return 'continued';
  return isCancellation(error) ? 'cancelled' : 'failed';
}

/** A header comes from outside: what cannot be read is no trace. */
function toText(payload: Payload | undefined): string | undefined {
  if (payload === undefined) return undefined;
  try {
    const text: unknown = defaultPayloadConverter.fromPayload(payload);
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}
