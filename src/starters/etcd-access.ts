import { readFileSync } from 'node:fs';
import type { LoadedConfig } from '../config/load-config.ts';
import { HomeostatError } from '../domain/failure.ts';
import type { EtcdConnection } from '../state/etcd-connection.ts';
import { findServers } from './server-addresses.ts';

/** How to reach etcd, by the configuration: where it is, who we are, and the certificates as text. */
export function toEtcdConnection(config: LoadedConfig): EtcdConnection {
  const { endpoints } = findServers(config).etcd;
  const { username, password, caFile, certFile, keyFile } = config.etcd;
  return {
    endpoints,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(caFile === undefined ? {} : { ca: readPem('etcd.caFile', caFile) }),
    ...(certFile === undefined ? {} : { cert: readPem('etcd.certFile', certFile) }),
    ...(keyFile === undefined ? {} : { key: readPem('etcd.keyFile', keyFile) }),
  };
}

function readPem(field: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new HomeostatError('INVALID_CONFIG', { path: field, problem: 'cannot be read', got: file, cause: error });
  }
}
