import { get } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { describeThrown } from '../../domain/failure.ts';
import type { ResourceKey } from '../../domain/identity.ts';
import type { Driver, HealthCheck } from '../../drivers/driver.ts';
import { runCheck } from './run-check.ts';

export interface Health {
  readonly healthy: boolean;
  /** What was seen, in a line. */
  readonly detail: string;
}

/** What a check's program finds programs by; the runtime's own environment holds secrets, and is not for it. */
const path = `/usr/local/bin:/usr/bin:/bin:${dirname(process.execPath)}`;
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
        const status = await askOnce(`http://127.0.0.1:${check.port}${check.path}`, signal);
        return { healthy: status >= 200 && status < 300, detail: `http ${status}` };
      }
      case 'tcp':
        await connectOnce(check.port, signal);
        return { healthy: true, detail: `port ${check.port} is open` };
      case 'exec': {
        const env = await environmentOf(target);
        await runCheck(check.command, { signal, env });
        return { healthy: true, detail: `${check.command[0]} said yes` };
      }
    }
  } catch (error) {
    return {
      healthy: false,
      detail: describeThrown(error instanceof Error && error.cause !== undefined ? error.cause : error),
    };
  }
}

/** The instance's own variables as far as they stand in its settings, so no secrets, with `PORT` and where programs are. */
async function environmentOf({
  driver,
  instance,
}: {
  readonly driver: Driver;
  readonly instance: ResourceKey;
}): Promise<Record<string, string>> {
  const observed = await driver.observe(instance);
  const { env = {}, ports = [] } = observed.type === 'present' ? observed.status.settings : {};
  const plain = Object.entries(env).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const own: Record<string, string> = {
    ...(ports[0] === undefined ? {} : { PORT: String(ports[0]) }),
    ...Object.fromEntries(plain),
  };
  return { ...own, PATH: own.PATH === undefined ? path : `${own.PATH}:${path}` };
}

/** The status of an answer, whose body nobody reads. Where it would send us on to is not followed. */
function askOnce(url: string, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { accept: '*/*', 'user-agent': 'homeostat' };
    // Not fetch: that one refuses some ports a service may well have.
    const request = get(new URL(url), { signal, headers, agent: false }, (response) => {
      resolve(response.statusCode ?? 0);
      request.destroy();
    });
    request.on('error', reject);
  });
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
