import type { Client } from '@temporalio/client';

/** How long Temporal may take to take in a message. */
export const messageTimeoutMs = 5_000;

/** Without a deadline a call to a server that went silent lasts as long as the connection seems to. */
export function withDeadline<Result>(client: Client, timeoutMs: number, call: () => Promise<Result>): Promise<Result> {
  return client.withDeadline(Date.now() + timeoutMs, call);
}
