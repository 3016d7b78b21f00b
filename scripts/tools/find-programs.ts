import { join } from 'node:path';
import { cacheDirOf } from '../../src/config/cache-dir.ts';
import { createProgressPrinter, findBinary } from '../../src/servers/index.ts';
import type { BinaryName, ServersOptions } from '../../src/servers/index.ts';
import { ROOT } from './run-node.ts';

const VARIABLES: Readonly<Record<BinaryName, string>> = {
  temporal: 'HOMEOSTAT_TEST_TEMPORAL',
  etcd: 'HOMEOSTAT_TEST_ETCD',
  etcdctl: 'HOMEOSTAT_TEST_ETCDCTL',
  etcdutl: 'HOMEOSTAT_TEST_ETCDUTL',
};

/** The paths of all programs, as environment variables; those already set are taken as they are. */
export async function findPrograms(): Promise<Record<string, string>> {
  const cacheDir = cacheDirOf(process.env);
  const options: ServersOptions = { dataDir: join(ROOT, '.homeostat'), cacheDir, temporal: {}, etcd: {} };
  const report = createProgressPrinter(process.stdout);
  const find = async (name: BinaryName): Promise<[string, string]> => {
    const variable = VARIABLES[name];
    return [variable, process.env[variable] ?? (await findBinary(name, options, report)).path];
  };
  // These two come from where etcd comes from.
  const [temporal, etcd] = await Promise.all([find('temporal'), find('etcd')]);
  return Object.fromEntries([temporal, etcd, await find('etcdctl'), await find('etcdutl')]);
}
