import { Client, Connection } from '@temporalio/client';
import type { LoadedConfig } from '../config/load-config.ts';
import { describeThrown, HomeostatError } from '../domain/failure.ts';
import type { Log } from '../domain/log.ts';
import { searchAttributeNames } from '../domain/messages.ts';
import { findServers } from './server-addresses.ts';

export interface TemporalDoor {
  readonly client: Client;
  close(): Promise<void>;
}

/** Which Temporal, and what both a client's connection and a worker's are opened with. */
interface TemporalTarget {
  readonly namespace: string;
  readonly address: string;
  readonly tls?: true;
  readonly apiKey?: string;
}

/** A person waits: a server that has not answered by then is away. */
const connectTimeoutMs = 2_500;

/** Where Temporal is and how it is spoken to, out of the configuration; throws what `findServers` does. */
export function toTemporalTarget(config: LoadedConfig): TemporalTarget {
  const { address, namespace } = findServers(config).temporal;
  const { apiKey, tls } = config.temporal;
  return {
    namespace,
    address,
    ...(tls ? { tls: true } : {}),
    ...(apiKey === undefined ? {} : { apiKey }),
  };
}

/** Connects as a client alone; `TEMPORAL_UNAVAILABLE` within three seconds when nobody answers. */
export async function connectTemporalClient(config: LoadedConfig): Promise<TemporalDoor> {
  const { namespace, ...options } = toTemporalTarget(config);
  try {
    const connection = await Connection.connect({ ...options, connectTimeout: connectTimeoutMs });
    return { client: new Client({ connection, namespace }), close: () => connection.close() };
  } catch (error) {
    throw new HomeostatError('TEMPORAL_UNAVAILABLE', {
      path: 'temporal.address',
      problem: `${options.address} does not answer: ${describeThrown(error)}`,
      remedy: 'is it running? look with: homeostat doctor',
      cause: error,
    });
  }
}

/**
 * Whether the namespace knows our search attributes; without them runs start all the same. With `log`, of a runtime, it is
 * said why not.
 */
export async function knowsSearchAttributes({ client }: Pick<TemporalDoor, 'client'>, log?: Log): Promise<boolean> {
  try {
    const missing = await listMissingSearchAttributes(client);
    if (missing.length === 0) return true;
    log?.warn(
      { missing },
      'search attributes are missing, runs cannot be searched by them — temporal operator search-attribute create --type Keyword',
    );
  } catch (error) {
    log?.warn({ cause: describeThrown(error) }, 'cannot ask for search attributes, going on without');
  }
  return false;
}

/** Those of our search attributes that the client's namespace does not know. Throws what the client does. */
async function listMissingSearchAttributes({ connection, options }: Client): Promise<readonly string[]> {
  const { namespace } = options;
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return Object.values(searchAttributeNames).filter((name) => customAttributes[name] === undefined);
}
