import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;
type HistoryEvent = NonNullable<History['events']>[number];

/** What one ended run left in Temporal. */
export interface RunHistory {
  readonly events: number;
  /** As the server counts what it stores. */
  readonly storedBytes: number;
  /** Of the answer to a client that asks for it: as protobuf, and as JSON without white space. */
  readonly protobufBytes: number;
  readonly jsonBytes: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly firstTaskAt: number;
  readonly times: RunTimes;
}

/** Where a run's time went by its events, milliseconds. */
export interface RunTimes {
  /** From the first event to the last. */
  readonly whole: number;
  /** Workflow tasks: until a worker had them, and until the server had their result. */
  readonly taskWaits: number;
  readonly tasks: number;
  /** Activities: until a worker had them, and until the server had their result. */
  readonly activityWaits: number;
  readonly activities: number;
}

/** Reads an ended run. Asks the server alone, so it needs no worker. */
export async function readRun(client: Client, workflowId: string): Promise<RunHistory> {
  const handle = client.workflow.getHandle(workflowId);
  const [{ historySize }, history] = await Promise.all([handle.describe(), handle.fetchHistory()]);
  const events = history.events ?? [];
  const atOf = (index: number) => timeOf(events[index]!);
  const message = history.constructor as unknown as { encode(history: History): { finish(): Uint8Array } };
  return {
    events: events.length,
    storedBytes: historySize ?? 0,
    protobufBytes: message.encode(history).finish().length,
    jsonBytes: JSON.stringify(JSON.parse(historyToJSON(history))).length,
    startedAt: atOf(0),
    firstTaskAt: timeOf(events.find((event) => Boolean(event.workflowTaskStartedEventAttributes))!),
    times: divide(events),
  };
}

/** The middle of many runs, part by part. */
export function medianTimes(runs: readonly RunHistory[], median: (values: readonly number[]) => number): RunTimes {
  const middle = (part: keyof RunTimes) => median(runs.map(({ times }) => times[part]));
  return {
    whole: middle('whole'),
    taskWaits: middle('taskWaits'),
    tasks: middle('tasks'),
    activityWaits: middle('activityWaits'),
    activities: middle('activities'),
  };
}

function divide(events: readonly HistoryEvent[]): RunTimes {
  const times = { whole: 0, taskWaits: 0, tasks: 0, activityWaits: 0, activities: 0 };
  const at = new Map(events.map((event) => [String(event.eventId), timeOf(event)]));
  for (const event of events) {
    const task = event.workflowTaskCompletedEventAttributes;
    const activity = event.activityTaskCompletedEventAttributes;
    const done = task ?? activity ?? undefined;
    if (done === undefined) continue;
    const isTask = done === task;
    const scheduled = at.get(String(done.scheduledEventId))!;
    const started = at.get(String(done.startedEventId))!;
    times[isTask ? 'taskWaits' : 'activityWaits'] += started - scheduled;
    times[isTask ? 'tasks' : 'activities'] += timeOf(event) - started;
  }
  return { ...times, whole: timeOf(events.at(-1)!) - timeOf(events[0]!) };
}

function timeOf({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds) * 1_000 + Number(eventTime?.nanos) / 1e6;
}
