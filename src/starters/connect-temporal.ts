import { Client, Connection } from '@temporalio/client';
import type { LoadedConfig } from '../config/load-config.ts';
import { describeThrown, HomeostatError } from '../domain/failure.ts';
import { searchAttributeNames } from '../domain/messages.ts';
import { findServers } from './server-addresses.ts';

export interface TemporalDoor {
  readonly client: Client;
  close(): Promise<void>;
}

/** A person waits: a server that has not answered by then is away. */
const connectTimeoutMs = 2_500;

/** Connects as a client alone; `TEMPORAL_UNAVAILABLE` within three seconds when nobody answers. */
export async function connectTemporal(config: LoadedConfig): Promise<TemporalDoor> {
  const { address, namespace } = findServers(config).temporal;
  const { apiKey, tls } = config.temporal;
  try {
    const connection = await Connection.connect({
      address,
      connectTimeout: connectTimeoutMs,
      ...(tls ? { tls: true } : {}),
      ...(apiKey === undefined ? {} : { apiKey }),
    });
    return { client: new Client({ connection, namespace }), close: () => connection.close() };
  } catch (error) {
    throw new HomeostatError('TEMPORAL_UNAVAILABLE', {
      path: 'temporal.address',
      problem: `${address} does not answer: ${describeThrown(error)}`,
      remedy: 'is it running? look with: homeostat doctor',
      cause: error,
    });
  }
}

/** Whether the namespace knows our search attributes; without them runs start all the same. */
export async function knowsSearchAttributes({ client }: TemporalDoor): Promise<boolean> {
  try {
    return (await listMissingSearchAttributes(client)).length === 0;
  } catch {
    return false;
  }
}

/** Those of our search attributes that the client's namespace does not know. Throws what the client does. */
export async function listMissingSearchAttributes({ connection, options }: Client): Promise<readonly string[]> {
  const { namespace } = options;
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return Object.values(searchAttributeNames).filter((name) => customAttributes[name] === undefined);
}
