import { createServer } from 'node:net';
import { HomeostatError } from '../../domain/failure.ts';
import type { ResourceKey } from '../../domain/identity.ts';
import type { Driver } from '../../drivers/driver.ts';

/**
 * Refuses to start an instance whose ports somebody else has: it would end at once, and its health check would be
 * answered by the stranger. An instance that runs already has them itself. Throws `PORT_TAKEN`; then nothing happened.
 */
export async function checkPorts(driver: Driver, instance: ResourceKey, ports?: readonly number[]): Promise<void> {
  const observed = await driver.observe(instance);
  if (observed.type === 'present' && observed.status.state === 'running') return;
  const wanted = ports ?? (observed.type === 'present' ? observed.status.settings.ports : []);
  for (const port of wanted) {
    if (await isFree(port)) continue;
    throw new HomeostatError('PORT_TAKEN', {
      path: 'spec.ports',
      problem: `another process listens on port ${port}`,
      remedy: 'stop that process, or choose another port',
    });
  }
}

/** Taken on any address counts: whoever asks localhost may reach the stranger. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
