import type { Tell } from '../activities/dependencies.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { createNotifier } from '../notifications/create-notifier.ts';
import { toRunUrl } from '../starters/run-url.ts';
import { findServers } from '../starters/server-addresses.ts';
import type { Logger } from '../telemetry/logger.ts';

/** Tells people as the configuration says, with a link to the run in the Temporal UI where that is known. */
export function createTell(config: LoadedConfig, log: Logger): Tell {
  const notifier = createNotifier(config.notify, log);
  const { temporal } = findServers(config);
  return (told, { workflowId, runId }) => {
    const url = toRunUrl(temporal, workflowId, runId);
    return notifier.notify({ ...told, links: url === undefined ? [] : [{ title: 'the run', url }] });
  };
}
