import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

export interface RunHistory {
  readonly events: number;
  /** As the server counts what it stores. */
  readonly storedBytes: number;
  /** Of the answer to a client that asks for it, as protobuf and as JSON without white space. */
  readonly protobufBytes: number;
  readonly jsonBytes: number;
  /** Milliseconds since 1970, to the fraction the server keeps. */
  readonly startedAt: number;
  readonly firstTaskAt: number;
  readonly times: RunTimes;
}

/** Where a run's time went, milliseconds, by its events. What is missing to the whole is the server's own work. */
export interface RunTimes {
  /** From the first event to the last. */
  readonly whole: number;
  /** Workflow tasks: until a worker had them, and until it was done. */
  readonly taskWaits: number;
  readonly tasks: number;
  /** Activities: until a worker had them, and by what they are. */
  readonly activityWaits: number;
  readonly activities: Readonly<Record<string, number>>;
}
