import type { LoadedConfig } from '../config/load-config.ts';
import type { ServersOptions } from '../servers/index.ts';

/** The part of the configuration that finding and starting servers needs. */
export function toServersOptions({ dataDir, cacheDir, mirror, temporal, etcd }: LoadedConfig): ServersOptions {
  return {
    dataDir,
    cacheDir,
    temporal: {
      ...(temporal.address === undefined ? {} : { address: temporal.address }),
      ...(temporal.binary === undefined ? {} : { binary: temporal.binary }),
      ...(temporal.port === undefined ? {} : { port: temporal.port }),
      ...(temporal.uiPort === undefined ? {} : { uiPort: temporal.uiPort }),
    },
    etcd: {
      ...(etcd.endpoints === undefined ? {} : { endpoints: etcd.endpoints }),
      ...(etcd.binary === undefined ? {} : { binary: etcd.binary }),
      ...(etcd.port === undefined ? {} : { port: etcd.port }),
    },
    ...(mirror === undefined ? {} : { mirror }),
  };
}
