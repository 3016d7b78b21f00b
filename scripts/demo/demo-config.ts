import { resolve } from 'node:path';
import { configSchema } from '../../src/config/config-schema.ts';
import { loadConfig, type LoadedConfig } from '../../src/config/load-config.ts';

/**
 * What the demonstration runs by, in both its processes. From outside, be it the environment or a `homeostat.yaml`, come
 * the servers' programs, the mirror and the cache alone: no address, no secret, no model. It deletes and says yes by
 * itself, so it must never reach what is somebody's.
 */
export function createDemoConfig(dataDir: string, environment: NodeJS.ProcessEnv = process.env): LoadedConfig {
  const { temporal, etcd, mirror, cacheDir } = loadConfig({ environment });
  const own = configSchema.parse({
    dataDir: resolve(dataDir),
    temporal: { binary: temporal.binary },
    etcd: { binary: etcd.binary },
    mirror,
  });
  return { ...own, cacheDir };
}

/**
 * How a person calls the command line on the demonstration's servers: settings from outside that name others, which would
 * win over the folder, are put aside.
 */
export function toDemoCommand(dataDir: string, environment: NodeJS.ProcessEnv = process.env): string {
  const asides = Object.keys(environment)
    .filter((name) => /^(?:HOMEOSTAT_)?(?:TEMPORAL|ETCD)_/.test(name) && !name.endsWith('_BINARY'))
    .toSorted()
    .map((name) => `-u ${name}`);
  const file = loadConfig({ environment }).file === undefined ? [] : ['HOMEOSTAT_CONFIG=/dev/null'];
  const before = asides.length + file.length === 0 ? [] : ['env', ...asides, ...file];
  return [...before, 'npm run homeostat --', '--data-dir', dataDir].join(' ');
}
