import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HomeostatError } from '../domain/failure.ts';

/**
 * Begins to listen, on a free port where none is said; returns the address people of this machine find it at. Throws
 * `PORT_TAKEN` when another process listens there, `INVALID_CONFIG` at `field`, which the port is from, for one that
 * only root may listen on.
 */
export async function listen(server: Server, host: string, port: number | undefined, field: string): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port ?? 0, host, resolve);
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EACCES') {
      throw new HomeostatError('INVALID_CONFIG', {
        path: field,
        problem: 'this user may not listen there',
        got: port,
        remedy: 'choose a port from 1024 on',
        cause: error,
      });
    }
    if (error.code !== 'EADDRINUSE') throw error;
    throw new HomeostatError('PORT_TAKEN', {
      path: `${host}:${port}`,
      problem: 'another process listens there',
      remedy: 'choose another port, or end that process',
      cause: error,
    });
  });
  const bound = server.address() as AddressInfo;
  return `http://${toHost(bound)}:${bound.port}`;
}

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });
}

function toHost({ address, family }: AddressInfo): string {
  if (address === '0.0.0.0' || address === '::') return '127.0.0.1';
  return family === 'IPv6' ? `[${address}]` : address;
}
