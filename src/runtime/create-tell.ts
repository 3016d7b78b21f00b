import type { Tell } from '../activities/dependencies.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { createNotifier } from '../notifications/create-notifier.ts';
import { toRunUrl } from '../starters/run-url.ts';
import { findServers } from '../starters/server-addresses.ts';
import type { Logger } from '../telemetry/logger.ts';

/** A run waits so long for a place that is told, milliseconds: its question and its incident's end are on record already. */
const waitedMs = 2_000;

/**
 * Tells people as the configuration says, with a link to the run in the Temporal UI where that is known. What takes longer
 * than two seconds goes on by itself, and is lost where the process ends meanwhile.
 */
export function createTell(config: LoadedConfig, log: Logger): Tell {
  const notifier = createNotifier(config.notify, log);
  const { temporal } = findServers(config);
  return (told, { workflowId, runId }) => {
    const url = toRunUrl(temporal, workflowId, runId);
    return waitAtMost(
      waitedMs,
      notifier.notify({ ...told, links: url === undefined ? [] : [{ title: 'the run', url }] }),
    );
  };
}

/** `work` never throws. */
async function waitAtMost(ms: number, work: Promise<void>): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, over]);
  clearTimeout(timer);
}
