import { createServer } from 'node:net';
import { HomeostatError } from '../../domain/failure.ts';
import type { Effect } from './effect.ts';

/**
 * Refuses to start a program whose ports somebody else has: it would end at once, and its health check would be answered
 * by the stranger. Throws `PORT_TAKEN`.
 */
export async function requireFreePorts(effect: Effect, ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    if (await isFree(port)) continue;
    // It may be another attempt that has done this already.
    await effect.check();
    throw new HomeostatError('PORT_TAKEN', {
      path: 'spec.ports',
      problem: `another process has port ${port}, to listen on or for a connection`,
      remedy: 'stop that process, or choose another port',
    });
  }
}

/** Asking takes the port for a moment: two at once would take each other for the stranger, so they share an answer. */
const asked = new Map<number, Promise<boolean>>();

function isFree(port: number): Promise<boolean> {
  const answer = asked.get(port) ?? isFreeEverywhere(port).finally(() => asked.delete(port));
  asked.set(port, answer);
  return answer;
}

/**
 * Taken on any address counts: the program may listen on all, and whoever asks localhost may reach the stranger. macOS
 * lets one listen on every address beside a stranger on one, so localhost is asked too.
 */
async function isFreeEverywhere(port: number): Promise<boolean> {
  return (await tryToListen(port)) && (await tryToListen(port, '127.0.0.1'));
}

/** Without a host on every address, of IPv6 too where there is any. */
function tryToListen(port: number, host?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
