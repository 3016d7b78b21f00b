import { readEndpoints } from '../config/endpoints-file.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { HomeostatError } from '../domain/failure.ts';

export interface ServerAddresses {
  readonly temporal: { readonly address: string; readonly namespace: string; readonly uiUrl?: string };
  readonly etcd: { readonly endpoints: readonly string[] };
}

/**
 * Where the servers are: as configured, else as the `up` that runs in this data folder says. Throws `NOT_RUNNING` when
 * there is neither. Reads one small file, connects to nothing.
 */
export function findServers({ temporal, etcd, dataDir }: LoadedConfig): ServerAddresses {
  const started = readEndpoints(dataDir);
  const address = temporal.address ?? started?.temporal.address;
  const endpoints = etcd.endpoints ?? started?.etcd.endpoints;
  if (address === undefined || endpoints === undefined) {
    throw new HomeostatError('NOT_RUNNING', {
      path: dataDir,
      problem: 'no runtime here',
      remedy: 'start one with: homeostat up (or say where one is with --data-dir or --config)',
    });
  }
  // Namespace and web address belong to the server that `up` started; a configured one brings its own.
  const own = temporal.address === undefined ? started?.temporal : undefined;
  const uiUrl = temporal.uiUrl ?? own?.uiUrl;
  const namespace = own?.namespace ?? temporal.namespace;
  return { temporal: { address, namespace, ...(uiUrl === undefined ? {} : { uiUrl }) }, etcd: { endpoints } };
}
