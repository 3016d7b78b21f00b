import type { Client } from '@temporalio/client';
import { toReconcileWorkflowId } from '../domain/identity.ts';
import type { TemporalDoor } from './connect-temporal.ts';
import type { RunSteps, StepChange } from './run-steps.ts';
import { isRunGone, toTemporalFault } from './temporal-faults.ts';

type HistoryPage = Awaited<ReturnType<Client['workflowService']['getWorkflowExecutionHistory']>>;
type HistoryEvent = NonNullable<NonNullable<HistoryPage['history']>['events']>[number];
type Payload = NonNullable<NonNullable<HistoryEvent['userMetadata']>['summary']>;

/** The activity that carries out a step; see `src/workflows/execute-plan.ts`. */
const stepActivity = 'executeStep';
/** The server answers a question for news after twenty seconds at the latest. */
const newsTimeoutMs = 40_000;

/**
 * Reads steps off the history, which the server pushes as it grows: it misses no step, however short, knows when each
 * began and ended, and needs no worker as a query would.
 */
export function createTemporalRunSteps({ client }: TemporalDoor): RunSteps {
  return {
    async follow(resource, tell, { signal, since, unless }) {
      const workflowId = toReconcileWorkflowId(resource);
      try {
        const { runId, closeTime } = await client.connection.withAbortSignal(signal, () =>
          client.workflow.getHandle(workflowId).describe(),
        );
        if (runId === unless || (closeTime !== undefined && closeTime.getTime() < since)) return runId;
        const toChange = createStepReader(client);
        let nextPageToken: Uint8Array | undefined;
        do {
          const page = await readNews(client, { workflowId, runId }, nextPageToken, signal);
          for (const event of page.history?.events ?? []) {
            const change = await toChange(event);
            if (change !== undefined) tell(change);
          }
          nextPageToken = page.nextPageToken;
        } while (nextPageToken !== undefined && nextPageToken.length > 0);
        return runId;
      } catch (error) {
        if (isRunGone(error) || signal.aborted) return undefined;
        throw toTemporalFault(error, 'history');
      }
    },
  };
}

function readNews(
  client: Client,
  execution: { readonly workflowId: string; readonly runId: string },
  nextPageToken: Uint8Array | undefined,
  signal: AbortSignal,
): Promise<HistoryPage> {
  const { connection, options } = client;
  return connection.withAbortSignal(signal, () =>
    connection.withDeadline(Date.now() + newsTimeoutMs, () =>
      client.workflowService.getWorkflowExecutionHistory({
        namespace: options.namespace,
        execution,
        waitNewEvent: true,
        ...(nextPageToken === undefined ? {} : { nextPageToken }),
      }),
    ),
  );
}

/** Reads one run's events, in their order. */
function createStepReader(client: Client) {
  /** Steps under way, by the event that began them. */
  const open = new Map<string, { readonly summary: string; readonly at: number }>();
  return async (event: HistoryEvent): Promise<StepChange | undefined> => {
    const at = toMilliseconds(event.eventTime);
    const { activityTaskScheduledEventAttributes: scheduled } = event;
    if (scheduled?.activityType?.name === stepActivity) {
      const summary = await readSummary(client, event.userMetadata?.summary);
      open.set(String(event.eventId), { summary, at });
      return { type: 'step-start', summary, at };
    }
    const ended =
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskTimedOutEventAttributes ??
      event.activityTaskCanceledEventAttributes;
    const step = open.get(String(ended?.scheduledEventId));
    if (step === undefined) return undefined;
    open.delete(String(ended?.scheduledEventId));
    const failure = ended !== undefined && ended !== null && 'failure' in ended ? ended.failure : undefined;
    const fault = event.activityTaskCanceledEventAttributes ? 'was cancelled' : (failure?.message ?? undefined);
    return {
      type: 'step-end',
      summary: step.summary,
      at,
      elapsedMs: at - step.at,
      ...(fault === undefined ? {} : { fault }),
    };
  };
}

async function readSummary(client: Client, payload: Payload | null | undefined): Promise<string> {
  if (!payload) return stepActivity;
  const { payloadConverter, payloadCodecs } = client.options.loadedDataConverter;
  let payloads = [payload];
  for (const codec of payloadCodecs) payloads = await codec.decode(payloads);
  const summary: unknown = payloadConverter.fromPayload(payloads[0]!);
  return typeof summary === 'string' ? summary : stepActivity;
}

function toMilliseconds(time: HistoryEvent['eventTime']): number {
  return Number(time?.seconds ?? 0) * 1_000 + Math.floor((time?.nanos ?? 0) / 1_000_000);
}
