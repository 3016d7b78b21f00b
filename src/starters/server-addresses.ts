import { isStillThere, readEndpoints, type Endpoints } from '../config/endpoints-file.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { HomeostatError } from '../domain/failure.ts';

export interface ServerAddresses {
  readonly temporal: { readonly address: string; readonly namespace: string; readonly uiUrl?: string };
  readonly etcd: { readonly endpoints: readonly string[] };
}

/**
 * Where the servers are: as configured, else as the `up` of this data folder says, for as long as the process lives that it
 * names. Throws `NOT_RUNNING` when there is neither, `INVALID_CONFIG` when one server is configured and the other one
 * nowhere. A server that has ended is told by `NOT_RUNNING` too, when it is asked for: who needs the other alone goes on.
 * Reads one small file, connects to nothing.
 */
export function findServers({ temporal, etcd, dataDir }: LoadedConfig): ServerAddresses {
  const started = readEndpoints(dataDir);
  const address = temporal.address ?? started?.temporal.address;
  const endpoints = etcd.endpoints ?? started?.etcd.endpoints;
  if (address === undefined || endpoints === undefined) {
    if (address !== undefined) throw notConfigured('etcd.endpoints', 'HOMEOSTAT_ETCD_ENDPOINTS', dataDir);
    if (endpoints !== undefined) throw notConfigured('temporal.address', 'HOMEOSTAT_TEMPORAL_ADDRESS', dataDir);
    throw new HomeostatError('NOT_RUNNING', {
      path: dataDir,
      problem: 'no runtime here',
      remedy:
        'start one with: homeostat up (or say where one is with --data-dir or --config, or where Temporal and etcd are with temporal.address and etcd.endpoints)',
    });
  }
  // Namespace and web address belong to the server that `up` started; a configured one brings its own.
  const own = temporal.address === undefined ? started?.temporal : undefined;
  const ownEtcd = etcd.endpoints === undefined ? started?.etcd : undefined;
  const uiUrl = temporal.uiUrl ?? own?.uiUrl;
  const namespace = own?.namespace ?? temporal.namespace;
  return {
    get temporal() {
      checkStillThere('Temporal', own, dataDir);
      return { address, namespace, ...(uiUrl === undefined ? {} : { uiUrl }) };
    },
    get etcd() {
      checkStillThere('etcd', ownEtcd, dataDir);
      return { endpoints };
    },
  };
}

function checkStillThere(name: string, started: Endpoints['temporal' | 'etcd'] | undefined, dataDir: string): void {
  if (started === undefined || isStillThere(started)) return;
  throw new HomeostatError('NOT_RUNNING', {
    path: dataDir,
    problem: `homeostat up has ended here, or its ${name} has`,
    remedy:
      'start it again with: homeostat up (where that runs, it does so by itself within seconds; or say where Temporal and etcd are with temporal.address and etcd.endpoints)',
  });
}

function notConfigured(path: string, variable: string, dataDir: string): HomeostatError {
  return new HomeostatError('INVALID_CONFIG', {
    path,
    problem: `is required: only the other server's address is configured, and no homeostat up runs in ${dataDir}`,
    remedy: `set it, or ${variable}`,
  });
}
