import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { describeThrown } from '../domain/failure.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface TemporalCheck {
  /** Why Temporal counts as away; undefined while it answers. */
  readonly trouble: string | undefined;
  stop(): Promise<void>;
}

const everyMs = 2_000;
/** A Temporal that takes longer for its own name is of no use to anybody. */
const answerMs = 3_000;

/**
 * Asks Temporal every other second whether it is there, for readiness: workers wait for a lost server in silence, and the
 * watcher notices only when there is something to hint. Changes are logged.
 */
export function startTemporalCheck(client: Client, log: Logger): TemporalCheck {
  const ending = new AbortController();
  let trouble: string | undefined;
  const ask = async () => {
    try {
      await client.withDeadline(Date.now() + answerMs, () => client.workflowService.getSystemInfo({}));
      if (trouble !== undefined) log.info({}, 'Temporal answers again');
      trouble = undefined;
    } catch (error) {
      if (trouble === undefined) log.warn({ cause: describeThrown(error) }, 'Temporal does not answer');
      trouble = describeThrown(error);
    }
  };
  const running = (async () => {
    while (!ending.signal.aborted) {
      await sleep(everyMs, undefined, { signal: ending.signal }).catch(() => undefined);
      if (!ending.signal.aborted) await ask();
    }
  })();
  return {
    get trouble() {
      return trouble;
    },
    async stop() {
      ending.abort();
      await running;
    },
  };
}
