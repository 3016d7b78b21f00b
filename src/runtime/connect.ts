import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, type WorkflowClientInterceptor } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { describeThrown, HomeostatError } from '../domain/failure.ts';
import { listMissingSearchAttributes } from '../starters/connect-temporal.ts';
import type { Logger } from '../telemetry/logger.ts';
import { payloadConverterPath } from '../workers/workflow-bundle.ts';

export interface TemporalTarget {
  readonly address: string;
  readonly namespace: string;
  readonly apiKey?: string;
  readonly tls: boolean;
}

export interface TemporalConnections {
  readonly client: Client;
  readonly native: NativeConnection;
  close(): Promise<void>;
}

/** How long a runtime waits for a Temporal that is not there yet before it says so and ends. */
const patienceMs = 60_000;

/** Connects for starting and for working; waits a while for a server that is still coming up. */
export async function connectTemporal(
  target: TemporalTarget,
  interceptor: WorkflowClientInterceptor,
  log: Logger,
): Promise<TemporalConnections> {
  const { address, namespace, apiKey, tls } = target;
  const options = { address, ...(tls ? { tls: true } : {}), ...(apiKey === undefined ? {} : { apiKey }) };
  const deadline = performance.now() + patienceMs;
  for (let pause = 100; ; pause = Math.min(pause * 2, 2_000)) {
    try {
      const connection = await Connection.connect({ ...options, connectTimeout: '5s' });
      const native = await NativeConnection.connect(options).catch(async (error: unknown) => {
        await connection.close();
        throw error;
      });
      const client = new Client({
        connection,
        namespace,
        dataConverter: { payloadConverterPath },
        interceptors: { workflow: [interceptor] },
      });
      return {
        client,
        native,
        async close() {
          try {
            await native.close();
          } finally {
            await connection.close();
          }
        },
      };
    } catch (error) {
      if (performance.now() > deadline) {
        throw new HomeostatError('TEMPORAL_UNAVAILABLE', {
          path: 'temporal.address',
          problem: `cannot connect to ${address}: ${describeThrown(error)}`,
          remedy: 'start it, or correct the address',
          cause: error,
        });
      }
      log.warn({ address, cause: describeThrown(error) }, 'Temporal does not answer yet');
      await sleep(pause);
    }
  }
}

/** Whether the namespace knows our search attributes. Without them the runtime goes on, and says so. */
export async function hasSearchAttributes(client: Client, log: Logger): Promise<boolean> {
  try {
    const missing = await listMissingSearchAttributes(client);
    if (missing.length === 0) return true;
    log.warn(
      { missing },
      'search attributes are missing, runs cannot be searched by them — temporal operator search-attribute create --type Keyword',
    );
  } catch (error) {
    log.warn({ cause: describeThrown(error) }, 'cannot ask for search attributes, going on without');
  }
  return false;
}
