import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Begins to listen, on a free port where none is said; returns the address people of this machine find it at. */
export async function listen(server: Server, host: string, port: number | undefined): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port ?? 0, host, resolve);
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
