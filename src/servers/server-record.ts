import { join } from 'node:path';
import { z } from 'zod';
import { readJsonFile, writeJsonFile } from './json-file.ts';
import { isRunning, processIdentitySchema } from './process-identity.ts';
import { portsSchema } from './ports.ts';
import { ServersError } from './servers-error.ts';
import type { FoundBinary, ServerName } from './types.ts';
import { isFitting } from './versions.ts';

/** What we know of a server that we started: `<dataDir>/servers/<name>.json`. */
const recordSchema = processIdentitySchema.extend({
  startedAt: z.string(),
  ports: portsSchema,
  version: z.string(),
  binary: z.string(),
  origin: z.string(),
});

export type ServerRecord = Readonly<z.output<typeof recordSchema>>;

/** What outlives a server because it belongs to its data: `<dataDir>/<name>/state.json`. */
const stateSchema = z.object({
  /** The newest version that has written this data. */
  version: z.string(),
  /** What has been set up in it once, so that a warm start need not do it again. */
  prepared: z.string().exactOptional(),
});

export type DataState = Readonly<z.output<typeof stateSchema>>;

const recordFile = (dataDir: string, name: ServerName): string => join(dataDir, 'servers', `${name}.json`);
const stateFile = (dataDir: string, name: ServerName): string => join(dataDir, name, 'state.json');

export async function readRecord(dataDir: string, name: ServerName): Promise<ServerRecord | undefined> {
  return await readJsonFile(recordFile(dataDir, name), recordSchema);
}

export function writeRecord(dataDir: string, name: ServerName, record: ServerRecord): void {
  writeJsonFile(recordFile(dataDir, name), record);
}

/** The server we started, if exactly that process still runs. A recycled pid is not it. */
export async function findOwnServer(dataDir: string, name: ServerName): Promise<ServerRecord | undefined> {
  const record = await readRecord(dataDir, name);
  if (record === undefined || !isRunning(record)) return undefined;
  return record;
}

export async function readDataState(dataDir: string, name: ServerName): Promise<DataState | undefined> {
  return await readJsonFile(stateFile(dataDir, name), stateSchema);
}

export function writeDataState(dataDir: string, name: ServerName, state: DataState): void {
  writeJsonFile(stateFile(dataDir, name), state);
}

/** Refuses to let an older server open data that a newer one has written: neither etcd nor Temporal supports that. */
export function assertNotOlder(
  name: ServerName,
  binary: FoundBinary,
  state: DataState | undefined,
  dataDir: string,
): void {
  if (state === undefined || isFitting(name, binary.version, state.version)) return;
  throw new ServersError(
    'DATA_NEWER',
    `${join(dataDir, name)}: was written by ${name} ${state.version} (got ${name} ${binary.version} from ${binary.path}) — ` +
      `give ${name} ${state.version} or newer as ${name}.binary, or leave that out`,
  );
}
