import { readFileSync, rmSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** What `up` writes to `<dataDir>/endpoints.json`, so that commands find the servers it started. */
const endpointsSchema = z.object({
  temporal: z.object({ address: z.string(), namespace: z.string(), uiUrl: z.string().optional() }),
  etcd: z.object({ endpoints: z.array(z.string()).min(1) }),
  runtime: z.object({ pid: z.number(), healthUrl: z.string() }).optional(),
});
type Endpoints = z.infer<typeof endpointsSchema>;

/** Where commands of this data folder find the servers and the runtime; written by `up` alone. */
export async function writeEndpoints(dataDir: string, endpoints: Endpoints): Promise<void> {
  const file = fileIn(dataDir);
  await mkdir(dataDir, { recursive: true });
  // Renamed into place: a command that reads at this moment sees the old file or the new one, never half of it.
  await writeFile(`${file}.${process.pid}`, `${JSON.stringify(endpoints, null, 2)}\n`);
  await rename(`${file}.${process.pid}`, file);
}

/** What the last `up` wrote, or undefined when there was none or it cannot be read. */
export function readEndpoints(dataDir: string): Endpoints | undefined {
  try {
    return endpointsSchema.parse(JSON.parse(readFileSync(fileIn(dataDir), 'utf8')));
  } catch {
    return undefined;
  }
}

/** After a stop nobody shall be sent to servers that are gone. */
export function removeEndpoints(dataDir: string): void {
  rmSync(fileIn(dataDir), { force: true });
}

function fileIn(dataDir: string): string {
  return join(dataDir, 'endpoints.json');
}
