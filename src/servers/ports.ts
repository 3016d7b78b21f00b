import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { acquireLock } from './exclusive-lock.ts';
import { readJsonFile, writeJsonFile } from './json-file.ts';

export const LOOPBACK = '127.0.0.1';

export const DEFAULT_PORTS = {
  temporal: 7233,
  temporalUi: 8233,
  etcd: 2379,
  etcdPeer: 2380,
} as const;

export const portsSchema = z.object({
  temporal: z.number().exactOptional(),
  temporalUi: z.number().exactOptional(),
  etcd: z.number().exactOptional(),
  etcdPeer: z.number().exactOptional(),
});

export type Ports = z.output<typeof portsSchema>;
export type PortName = keyof Ports;

const portsFile = (dataDir: string): string => join(dataDir, 'ports.json');

/** Ports this data folder's servers had last time. */
export async function rememberedPorts(dataDir: string): Promise<Ports> {
  return (await readJsonFile(portsFile(dataDir), portsSchema)) ?? {};
}

/** Callers hold the data folder's start lock, so reading, merging and writing needs no guard of its own. */
export async function rememberPorts(dataDir: string, ports: Ports): Promise<void> {
  const before = await rememberedPorts(dataDir);
  const after = { ...before, ...ports };
  if (JSON.stringify(before) !== JSON.stringify(after)) writeJsonFile(portsFile(dataDir), after);
}

export interface ClaimedPort {
  readonly port: number;
  /** Call it once the server listens, or will not. */
  release(): Promise<void>;
}

/**
 * The first free port among the wished ones, else any free one. Between our looking and the server's binding another
 * start of ours could take the same port and then be mistaken for ours; a claim per port and user prevents it.
 */
export async function claimPort(wishes: readonly (number | undefined)[]): Promise<ClaimedPort> {
  for (const port of wishes) {
    if (port === undefined) continue;
    const claimed = await claimIfFree(port);
    if (claimed !== undefined) return claimed;
  }
  for (;;) {
    const claimed = await claimIfFree(await findFreePort());
    if (claimed !== undefined) return claimed;
  }
}

/** That port and no other, or undefined where somebody has it. */
export async function claimIfFree(port: number): Promise<ClaimedPort | undefined> {
  const lock = await acquireLock(join(tmpdir(), `homeostat-ports-${process.getuid?.() ?? 0}`, String(port)));
  if (!('release' in lock)) return undefined;
  if (await isPortFree(port)) return { port, release: async () => await lock.release() };
  await lock.release();
  return undefined;
}

/** Nobody answers there, and it can be bound. (Binding alone proves nothing on macOS beside a wildcard listener.) */
export async function isPortFree(port: number): Promise<boolean> {
  return !(await canConnect(LOOPBACK, port, 500)) && (await canBind(port));
}

/** Whether somebody accepts a connection there now. */
export function canConnect(host: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.setTimeout(timeoutMs, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A port that was free a moment ago; nothing keeps others from taking it. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port: 0, host: LOOPBACK, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
