import { withProgress } from './progress.ts';
import type { ProgressReport } from './progress.ts';
import { findOwnServer } from './server-record.ts';
import { stopProcess } from './stop-process.ts';
import type { ServerName, ServersOptions, StopOptions, StoppedServer } from './types.ts';

const GRACE_MS = 10_000;

/**
 * Ends the servers that we started for this data folder, both at once, and says of each what happened. Servers at configured
 * addresses are left alone. End the runtime first. Repeating it is safe.
 */
export async function stopServers(
  options: ServersOptions,
  report: ProgressReport,
  { graceMs = GRACE_MS }: StopOptions = {},
): Promise<StoppedServer[]> {
  const names: readonly ServerName[] = ['temporal', 'etcd'];
  return await Promise.all(names.map(async (name) => await stopServer(name, options, report, graceMs)));
}

async function stopServer(
  name: ServerName,
  options: ServersOptions,
  report: ProgressReport,
  graceMs: number,
): Promise<StoppedServer> {
  const startedAt = performance.now();
  const record = await findOwnServer(options.dataDir, name);
  const elapsed = (): number => Math.round(performance.now() - startedAt);
  if (record === undefined) {
    return { name, outcome: isConfigured(name, options) ? 'not-ours' : 'not-running', elapsedMs: elapsed() };
  }
  const outcome = await withProgress(
    report,
    name,
    `stopping process ${record.pid}`,
    async () => await stopProcess(record, graceMs),
    (result) => (result === 'killed' ? `killed: it did not end within ${graceMs / 1000} s` : result),
  );
  return { name, outcome, pid: record.pid, elapsedMs: elapsed() };
}

function isConfigured(name: ServerName, options: ServersOptions): boolean {
  if (name === 'temporal') return options.temporal.address !== undefined;
  return (options.etcd.endpoints?.length ?? 0) > 0;
}
