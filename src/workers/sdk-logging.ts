import { DefaultLogger, Runtime, type LogEntry } from '@temporalio/worker';

/** The little of a logger that Temporal's own lines need. */
export interface SdkLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

let isInstalled = false;

/**
 * Sends what the Temporal SDK has to say, warnings and worse, to our log. The SDK keeps one logger a process, so the
 * first runtime of a process has it for all.
 */
export function installSdkLogging(log: SdkLog): void {
  if (isInstalled) return;
  isInstalled = true;
  const write = ({ level, message, meta }: LogEntry) => {
    // Said of every worker that is for activities alone, which most of ours are on purpose.
    if (message.startsWith('No workflows registered')) return;
    const { sdkComponent, workflowId, runId, taskQueue, error } = meta ?? {};
    const fields = { sdkComponent, run: workflowId as unknown, runId, taskQueue, cause: describe(error) };
    if (level === 'ERROR') log.error(fields, message);
    else log.warn(fields, message);
  };
  Runtime.install({ logger: new DefaultLogger('WARN', write), shutdownSignals: [] });
}

function describe(error: unknown): string | undefined {
  return error instanceof Error ? error.message : undefined;
}
