import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { ConfigInput } from './config-schema.ts';

/** Set by a person who means a certain Temporal; the CLI's own configuration file alone does not count. */
const meant = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'];

/**
 * Temporal's standard environment configuration (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, profiles)
 * as ours: weaker than `homeostat.yaml` and `HOMEOSTAT_*`, and only where it was meant.
 */
export function readTemporalEnvironment(environment: NodeJS.ProcessEnv): ConfigInput {
  if (!meant.some((name) => environment[name] !== undefined)) return {};
  const overrideEnvVars = Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars });
  const { address, apiKey, tls } = connectionOptions;
  return {
    temporal: {
      ...(address === undefined ? {} : { address }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(typeof apiKey === 'string' ? { apiKey } : {}),
      ...(tls === undefined || tls === null ? {} : { tls: tls !== false }),
    },
  };
}
