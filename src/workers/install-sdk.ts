import { createServer, type AddressInfo } from 'node:net';
import { DefaultLogger, Runtime, type LogEntry } from '@temporalio/worker';

/** The little of a logger that Temporal's own lines need. */
export interface SdkLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface InstalledSdk {
  /** `host:port` on loopback where the SDK's native half serves its metrics; absent when it could not. */
  readonly metricsAddress?: string;
}

let installed: Promise<InstalledSdk> | undefined;

/**
 * Sends what the Temporal SDK has to say, warnings and worse, to our log, and has it serve its metrics. The SDK keeps
 * one of these a process, so the first runtime of a process has the log, and all have the metrics together.
 */
export function installSdk(log: SdkLog): Promise<InstalledSdk> {
  return (installed ??= install(log));
}

async function install(log: SdkLog): Promise<InstalledSdk> {
  const write = ({ level, message, meta }: LogEntry) => {
    // Said of every worker that is for activities alone, which most of ours are on purpose.
    if (message.startsWith('No workflows registered')) return;
    const { sdkComponent, workflowId, runId, taskQueue, error } = meta ?? {};
    const fields = { sdkComponent, run: workflowId as unknown, runId, taskQueue, cause: describe(error) };
    if (level === 'ERROR') log.error(fields, message);
    else log.warn(fields, message);
  };
  const options = { logger: new DefaultLogger('WARN', write), shutdownSignals: [] };
  try {
    const metricsAddress = `127.0.0.1:${await findFreePort()}`;
    Runtime.install({ ...options, telemetryOptions: { metrics: { prometheus: toPrometheus(metricsAddress) } } });
    return { metricsAddress };
  } catch (error) {
    log.warn({ cause: describe(error) }, "cannot serve the Temporal SDK's metrics, going on without");
    Runtime.install(options);
    return {};
  }
}

/** Names with units and in seconds, as Prometheus wants them and as ours are. */
function toPrometheus(bindAddress: string) {
  return { bindAddress, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true };
}

/** The SDK cannot say which port it got, so it is given one that was free a moment ago. */
function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function describe(error: unknown): string | undefined {
  return error instanceof Error ? error.message : undefined;
}
