import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isRunning, processIdentitySchema } from '../servers/process-identity.ts';

/** For as long as which process the address holds: the server, where `up` has started it, else `up` itself. */
const process = processIdentitySchema;

/** What `up` writes to `<dataDir>/endpoints.json`, so that commands find the servers it started. */
const endpointsSchema = z.object({
  temporal: z.object({ address: z.string(), namespace: z.string(), uiUrl: z.string().optional(), process }),
  etcd: z.object({ endpoints: z.array(z.string()).min(1), process }),
  runtime: z.object({ process, healthUrl: z.string() }).optional(),
});
export type Endpoints = z.infer<typeof endpointsSchema>;

/** Where commands of this data folder find the servers and the runtime; written by whoever started them alone. */
export function writeEndpoints(dataDir: string, endpoints: Endpoints): void {
  const file = fileIn(dataDir);
  mkdirSync(dataDir, { recursive: true });
  // Renamed into place: a command that reads at this moment sees the old file or the new one, never half of it.
  writeFileSync(`${file}.draft`, `${JSON.stringify(endpoints, null, 2)}\n`);
  renameSync(`${file}.draft`, file);
}

/** What the last `up` wrote, or undefined when there was none or it cannot be read. What it names may have ended since. */
export function readEndpoints(dataDir: string): Endpoints | undefined {
  try {
    return endpointsSchema.parse(JSON.parse(readFileSync(fileIn(dataDir), 'utf8')));
  } catch {
    return undefined;
  }
}

/**
 * Whether an address that was read still holds: exactly that process lives. After a crash or a reboot the file is left, and
 * another project's server may have the port.
 */
export function isStillThere({ process }: Pick<Endpoints['etcd'], 'process'>): boolean {
  return isRunning(process);
}

/** After a stop nobody shall be sent to servers that are gone. */
export function removeEndpoints(dataDir: string): void {
  rmSync(fileIn(dataDir), { force: true });
}

function fileIn(dataDir: string): string {
  return join(dataDir, 'endpoints.json');
}
