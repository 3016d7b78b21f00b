import { join } from 'node:path';
import { readdir } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { createProcessDriver } from '../drivers/process/process-driver.ts';
import { readSecret } from '../config/load-config.ts';
import { isDnsLabel, showResource } from '../domain/identity.ts';

/** How long an instance may take to end by itself. */
const graceMs = 5_000;

/**
 * Ends the processes that were started from a data folder, without the servers: for `homeostat down` alone. Desired
 * state is not touched, so the next runtime finds them missing and starts them again.
 */
export async function stopOwnedInstances(dataDir: string): Promise<readonly string[]> {
  const folder = join(dataDir, 'instances');
  const driver = createProcessDriver({ folder });
  const stopped: string[] = [];
  const names = await readdir(folder).catch(() => []);
  for (const tenant of names.filter(isDnsLabel)) {
    for (const key of await driver.list(tenant)) {
      const observed = await driver.observe(key);
      if (observed.type !== 'present' || observed.status.state !== 'running') continue;
      const grant = {
        key: `down-${randomUUID()}`,
        attempt: 1,
        signal: new AbortController().signal,
        heartbeat: () => undefined,
        secret: async (name: string) => readSecret(tenant, name),
      };
      await driver.stop(key, graceMs, grant);
      stopped.push(`${tenant} ${showResource(key)} (process ${observed.status.pid ?? 'unknown'})`);
    }
  }
  return stopped;
}
