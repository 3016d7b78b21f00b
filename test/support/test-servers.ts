import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { createKeys, type Keys } from '../../src/domain/keys.ts';
import { findFreePort, serverStatus, startServers, stopServers, type ServersOptions } from '../../src/servers/index.ts';
import type { EtcdConnection } from '../../src/state/etcd-connection.ts';
import { createState, type State } from '../../src/state/state.ts';
import { openAll, type Closers } from '../../src/runtime/closers.ts';

/** A real Temporal and a real etcd of one test file, with data on disk, so that both can be killed and come back. */
export interface TestServers {
  readonly folder: string;
  readonly temporalAddress: string;
  readonly etcdEndpoints: readonly string[];
  readonly client: Client;
  readonly state: State;
  readonly keys: Keys;
  /** Starts again what was killed, on the same ports and data. */
  restart(): Promise<void>;
  pidOf(server: 'temporal' | 'etcd'): Promise<number>;
  stop(): Promise<void>;
}

/** Starts both servers, or Temporal alone beside an etcd that the test has started itself. */
export function startTestServers(ownEtcd?: EtcdConnection): Promise<TestServers> {
  return openAll(console, (closers) => startParts(closers, ownEtcd));
}

async function startParts(closers: Closers, ownEtcd: EtcdConnection | undefined): Promise<TestServers> {
  const folder = await mkdtemp(join(tmpdir(), 'homeostat-'));
  closers.add(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const options: ServersOptions = {
    dataDir: join(folder, 'data'),
    cacheDir: join(folder, 'cache'),
    // Never the usual ports: when a test kills its server, another's must not come to stand in its place.
    temporal: { binary: binaryOf('TEMPORAL'), port: await findFreePort(), uiPort: await findFreePort() },
    etcd: ownEtcd ?? { binary: binaryOf('ETCD'), port: await findFreePort() },
  };
  const start = () => startServers(options, () => undefined);
  closers.add(async () => {
    // Their data goes with them: an orderly end would take a second of every file.
    for (const { pid } of await serverStatus(options)) if (pid !== undefined) process.kill(pid, 'SIGKILL');
    await stopServers(options, () => undefined);
  });
  const { temporal, etcd } = await start();
  // A history that a run leaves behind comes in one message of more than gRPC's own 4 MiB.
  const channelArgs = { 'grpc.max_receive_message_length': 16 * 1024 * 1024 };
  const connection = await Connection.connect({ address: temporal.address, channelArgs });
  closers.add(() => connection.close());
  const keys = createKeys('/homeostat');
  const state = createState(ownEtcd ?? { endpoints: etcd.endpoints }, keys);
  closers.add(() => state.close());
  return {
    folder,
    temporalAddress: temporal.address,
    etcdEndpoints: etcd.endpoints,
    client: new Client({ connection }),
    state,
    keys,
    async restart() {
      await start();
    },
    async pidOf(server) {
      const status = (await serverStatus(options)).find((one) => one.name === server);
      if (status?.pid === undefined) throw new Error(`${server} does not run`);
      return status.pid;
    },
    stop: () => closers.closeAll(),
  };
}

export function binaryOf(name: 'TEMPORAL' | 'ETCD' | 'ETCDCTL' | 'ETCDUTL'): string {
  const path = process.env[`HOMEOSTAT_TEST_${name}`];
  if (path === undefined) throw new Error(`HOMEOSTAT_TEST_${name} is not set: run the tests with npm test`);
  return path;
}
