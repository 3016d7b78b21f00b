import { readFileSync } from 'node:fs';
import type { LoadedConfig } from '../config/load-config.ts';
import { HomeostatError } from '../domain/failure.ts';
import type { EtcdConnection } from '../state/etcd-connection.ts';
import type { TemporalTarget } from './connect.ts';
import { readEndpoints } from './endpoints-file.ts';

/** Where this runtime's servers are: as configured, else as the last `up` in this data folder left them. */
export function readTargets(config: LoadedConfig): {
  readonly temporal: TemporalTarget;
  readonly etcd: EtcdConnection;
} {
  const { temporal, etcd } = config;
  const known = readEndpoints(config.dataDir);
  const address = temporal.address ?? known?.temporal.address;
  const endpoints = etcd.endpoints ?? known?.etcd.endpoints;
  if (address === undefined || endpoints === undefined) {
    throw new HomeostatError('NOT_RUNNING', {
      path: address === undefined ? 'temporal.address' : 'etcd.endpoints',
      problem: 'no server is configured, and none was started here',
      remedy: 'run: homeostat up, or configure the address',
    });
  }
  const { apiKey, namespace, tls } = temporal;
  const { username, password, caFile, certFile, keyFile } = etcd;
  return {
    temporal: { address, namespace, tls, ...(apiKey === undefined ? {} : { apiKey }) },
    etcd: {
      endpoints,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') }),
      ...(certFile === undefined ? {} : { cert: readFileSync(certFile, 'utf8') }),
      ...(keyFile === undefined ? {} : { key: readFileSync(keyFile, 'utf8') }),
    },
  };
}
