import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, type WorkflowClientInterceptor } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { LoadedConfig } from '../config/load-config.ts';
import { describeThrown, HomeostatError } from '../domain/failure.ts';
import { toTemporalTarget } from '../starters/connect-temporal.ts';
import type { Logger } from '../telemetry/logger.ts';
import { payloadConverterPath } from '../workers/workflow-bundle.ts';

export interface TemporalConnections {
  readonly client: Client;
  readonly native: NativeConnection;
  close(): Promise<void>;
}

/** How long a runtime waits for a Temporal that is not there yet before it says so and ends. */
const patienceMs = 60_000;

/** Connects for starting and for working; waits a while for a server that is still coming up. */
export async function connectForWork(
  config: LoadedConfig,
  interceptor: WorkflowClientInterceptor,
  log: Logger,
): Promise<TemporalConnections> {
  const { namespace, ...options } = toTemporalTarget(config);
  const { address } = options;
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
