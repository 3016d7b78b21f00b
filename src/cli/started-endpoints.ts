import type { Endpoints } from '../config/endpoints-file.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { ownIdentity, type RunningServers } from '../servers/index.ts';

/** What is written down of servers that this process has brought up, or found where it was configured to look. */
export function toEndpoints(config: LoadedConfig, { temporal, etcd }: RunningServers): Endpoints {
  const uiUrl = temporal.uiUrl ?? config.temporal.uiUrl;
  return {
    temporal: {
      address: temporal.address,
      namespace: config.temporal.namespace,
      process: temporal.process ?? ownIdentity(),
      ...(uiUrl === undefined ? {} : { uiUrl }),
    },
    etcd: { endpoints: [...etcd.endpoints], process: etcd.process ?? ownIdentity() },
  };
}
