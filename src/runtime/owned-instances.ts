import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { listTenants } from '../drivers/process/list-folders.ts';
import { createProcessDriver } from '../drivers/process/process-driver.ts';
import { readSecret } from '../config/load-config.ts';
import { describeThrown, HomeostatError } from '../domain/failure.ts';
import { showResource, type ResourceKey } from '../domain/identity.ts';
import type { EffectGrant } from '../drivers/driver.ts';

/** How long an instance may take to end by itself. */
const graceMs = 5_000;

/**
 * Ends the processes that were started from a data folder, without the servers: for `homeostat down` alone. Desired
 * state is not touched, so the next runtime finds them missing and starts them again. Tells of each that has ended. One
 * that cannot be ended keeps no other from it; it is thrown at the end, as `NOT_CONVERGED`.
 */
export async function stopOwnedInstances(dataDir: string, stopped: (line: string) => void): Promise<void> {
  const folder = join(dataDir, 'instances');
  const driver = createProcessDriver({ folder });
  const failures: unknown[] = [];
  const note = (error: unknown) => void failures.push(error);
  const stop = async (key: ResourceKey) => {
    const observed = await driver.observe(key);
    const name = `${key.tenant} ${showResource(key)}`;
    if (observed.type === 'unreachable') throw new Error(`${name}: ${observed.cause}`);
    if (observed.type !== 'present' || observed.status.state !== 'running') return;
    await driver.stop(key, graceMs, toGrant(key.tenant));
    stopped(`${name} (process ${observed.status.pid ?? 'unknown'})`);
  };
  for (const tenant of await listTenants(folder)) {
    const instances = await driver.list(tenant).catch(note);
    for (const key of instances ?? []) await stop(key).catch(note);
  }
  if (failures.length > 0) {
    throw new HomeostatError('NOT_CONVERGED', {
      path: folder,
      problem: `not all instances could be ended: ${failures.map(describeThrown).join('; ')}`,
      remedy: 'end by hand what still runs; the data is kept',
    });
  }
}

function toGrant(tenant: string): EffectGrant {
  return {
    key: `down-${randomUUID()}`,
    attempt: 1,
    signal: new AbortController().signal,
    heartbeat: () => undefined,
    secret: async (name) => readSecret(tenant, name),
  };
}
