import type { Tell } from '../activities/dependencies.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { createNotifier } from '../notifications/create-notifier.ts';
import { findServers } from '../starters/server-addresses.ts';
import type { Logger } from '../telemetry/logger.ts';

/** Tells people as the configuration says, with a link to the run in the Temporal UI where that is known. */
export function createTell(config: LoadedConfig, log: Logger): Tell {
  const notifier = createNotifier(config.notify, log);
  const { uiUrl, namespace } = findServers(config).temporal;
  return (told, { workflowId, runId }) => {
    const run = [namespace, 'workflows', workflowId, runId].map(encodeURIComponent).join('/');
    const links =
      uiUrl === undefined ? [] : [{ title: 'the run', url: `${uiUrl.replace(/\/$/, '')}/namespaces/${run}` }];
    return notifier.notify({ ...told, links });
  };
}
