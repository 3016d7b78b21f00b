import { isEtcdHealthy } from './health.ts';
import { DEFAULT_PORTS, LOOPBACK } from './ports.ts';
import type { Ports } from './ports.ts';
import type { ServerDefinition } from './server-definition.ts';

const QUOTA_BYTES = 2 * 1024 ** 3;

export const etcdEndpoint = (ports: Ports): string => `http://${LOOPBACK}:${ports.etcd ?? DEFAULT_PORTS.etcd}`;

/** One local etcd member, its data on disk. */
export const etcdServer: ServerDefinition = {
  name: 'etcd',
  wishedPorts: (options, remembered) => [
    { name: 'etcd', wishes: [options.etcd.port, remembered.etcd, DEFAULT_PORTS.etcd] },
    { name: 'etcdPeer', wishes: [remembered.etcdPeer, DEFAULT_PORTS.etcdPeer] },
  ],
  argv: (_dataDir, ports) => {
    const client = etcdEndpoint(ports);
    const peer = `http://${LOOPBACK}:${ports.etcdPeer ?? DEFAULT_PORTS.etcdPeer}`;
    return [
      '--name=homeostat',
      '--data-dir=data',
      '--log-level=warn',
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=homeostat=${peer}`,
      // By its JSON over HTTP every page that is open in a browser on this machine could write.
      '--enable-grpc-gateway=false',
      // Alone there is nobody to wait for: the election takes 50 ms instead of a second.
      '--heartbeat-interval=10',
      '--election-timeout=50',
      '--auto-compaction-mode=periodic',
      '--auto-compaction-retention=1h',
      `--quota-backend-bytes=${QUOTA_BYTES}`,
    ];
  },
  mainPort: (ports) => ports.etcd ?? DEFAULT_PORTS.etcd,
  isHealthy: (ports, timeoutMs) => isEtcdHealthy(etcdEndpoint(ports), timeoutMs),
};
