import { readFileSync } from 'node:fs';
import type { LoadedConfig } from '../config/load-config.ts';
import { HomeostatError } from '../domain/failure.ts';
import { createKeys } from '../domain/keys.ts';
import { createState, type State } from '../state/state.ts';
import { findServers } from './server-addresses.ts';

/** A person waits for the answer: a store that does not answer by then is away. */
const timeoutMs = 2_000;

/** The state as a command uses it: a short deadline, and a fault that says what to do. Connects at its first call. */
export function connectState(config: LoadedConfig): State {
  const { endpoints } = findServers(config).etcd;
  const { root, username, password, caFile, certFile, keyFile } = config.etcd;
  return createState(
    {
      endpoints,
      timeoutMs,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(caFile === undefined ? {} : { ca: readPem('etcd.caFile', caFile) }),
      ...(certFile === undefined ? {} : { cert: readPem('etcd.certFile', certFile) }),
      ...(keyFile === undefined ? {} : { key: readPem('etcd.keyFile', keyFile) }),
    },
    createKeys(root),
  );
}

function readPem(field: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new HomeostatError('INVALID_CONFIG', { path: field, problem: 'cannot be read', got: file, cause: error });
  }
}
