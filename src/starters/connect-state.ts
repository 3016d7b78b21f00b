import type { LoadedConfig } from '../config/load-config.ts';
import { createKeys } from '../domain/keys.ts';
import { createState, type State } from '../state/state.ts';
import { toEtcdConnection } from './etcd-access.ts';

/** A person waits for the answer: a store that does not answer by then is away. */
const timeoutMs = 2_000;

/** The state as a command uses it: a short deadline, and a fault that says what to do. Connects at its first call. */
export function connectState(config: LoadedConfig): State {
  return createState({ ...toEtcdConnection(config), timeoutMs }, createKeys(config.etcd.root));
}
