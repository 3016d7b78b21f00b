import type { ActualRecord } from '../../src/domain/actual.ts';
import type { ResourceKey } from '../../src/domain/identity.ts';
import { fromStoreKey } from '../../src/domain/keys.ts';
import { toResourcePath } from '../../src/domain/identity.ts';
import { apiVersion } from '../../src/domain/resource.ts';
import { createPrefixWatch } from '../../src/state/prefix-watch.ts';
import type { Write } from '../../src/state/store.ts';
import type { TestServers } from '../../test/support/test-servers.ts';

/** Writes desired values as any etcd client would, and sees in etcd when they were dealt with. */
export interface Settlements {
  /** Writes one desired value; milliseconds from before the write until its status was seen. */
  converge(name: string, spec: object): Promise<number>;
  /** Writes many desired values, as many a transaction as etcd takes; when each was seen to be settled, in the end. */
  convergeAll(names: readonly string[], spec: object): Promise<readonly number[]>;
  close(): Promise<void>;
}

/** Puts a transaction takes: etcd's limit is 128 operations. */
const putsAtOnce = 100;
`;
