import { loadClientConnectConfig } from '@temporalio/envconfig';
import { describeThrown, HomeostatError } from '../domain/failure.ts';
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
  const { connectionOptions, namespace } = load(overrideEnvVars);
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

/** A profile that is not there, a file that cannot be read. */
function load(overrideEnvVars: Record<string, string>) {
  try {
    return loadClientConnectConfig({ overrideEnvVars });
  } catch (error) {
    throw new HomeostatError('INVALID_CONFIG', {
      path: 'TEMPORAL_*',
      problem: describeThrown(error),
      remedy: `mend or unset ${meant.join(', ')}`,
      cause: error,
    });
  }
}
