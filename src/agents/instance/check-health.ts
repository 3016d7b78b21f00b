import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { describeThrown } from '../../domain/failure.ts';
import type { ResourceKey } from '../../domain/identity.ts';
import type { Driver, HealthCheck } from '../../drivers/driver.ts';

export interface Health {
  readonly healthy: boolean;
  /** What was seen, in a line. */
  readonly detail: string;
}

/** All that a check's program is told: the runtime's own environment holds secrets. */
const checkEnvironment = { PATH: `/usr/local/bin:/usr/bin:/bin:${dirname(process.execPath)}` };

/** One attempt may take this long. */
const timeoutMs = 2_000;

/** Asks an instance once whether it is ready. Changes nothing; never throws for an unhealthy one. */
export async function checkHealth(
  check: HealthCheck,
  target: { readonly driver: Driver; readonly instance: ResourceKey; readonly signal: AbortSignal },
): Promise<Health> {
  const signal = AbortSignal.any([target.signal, AbortSignal.timeout(timeoutMs)]);
  try {
    switch (check.type) {
      case 'http': {
        const response = await fetch(`http://127.0.0.1:${check.port}${check.path}`, { signal, redirect: 'manual' });
        await response.body?.cancel();
        return { healthy: response.ok, detail: `http ${response.status}` };
      }
      case 'tcp':
        await connectOnce(check.port, signal);
        return { healthy: true, detail: `port ${check.port} is open` };
      case 'exec': {
        const [program, ...args] = check.command;
        await new Promise<void>((resolve, reject) => {
          execFile(program!, args, { signal, timeout: timeoutMs, env: checkEnvironment }, (error) =>
            error === null ? resolve() : reject(error),
          );
        });
        return { healthy: true, detail: `${program} said yes` };
      }
    }
  } catch (error) {
    return {
      healthy: false,
      detail: describeThrown(error instanceof Error && error.cause !== undefined ? error.cause : error),
    };
  }
}

function connectOnce(port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, signal });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}
