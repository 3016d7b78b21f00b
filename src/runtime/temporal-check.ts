import type { Client } from '@temporalio/client';
import { describeThrown } from '../domain/failure.ts';
import type { Logger } from '../telemetry/logger.ts';
import { askOn } from './ask-on.ts';

export interface TemporalCheck {
  /** Why Temporal counts as away; undefined while it answers. */
  readonly trouble: string | undefined;
  stop(): Promise<void>;
}

/** A Temporal that takes longer for its own name is of no use to anybody. */
const answerMs = 3_000;

/**
 * Asks Temporal every other second whether it is there, for readiness: workers wait for a lost server in silence, and the
 * watcher notices only when there is something to hint. Changes are logged.
 */
export function startTemporalCheck(client: Client, log: Logger): TemporalCheck {
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
  const stop = askOn(ask);
  return {
    get trouble() {
      return trouble;
    },
    stop,
  };
}
