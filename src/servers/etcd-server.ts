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
      // Alone there is nobody to wait for: the election takes a quarter of a second at most, less than Temporal's start. A
      // shorter one costs more all the time: with 10 and 50 ms, an idle etcd takes 1.8 % of a processor, and 0.6 % so.
      '--heartbeat-interval=50',
      '--election-timeout=250',
      '--auto-compaction-mode=periodic',
      '--auto-compaction-retention=1h',
      `--quota-backend-bytes=${QUOTA_BYTES}`,
    ];
  },
  mainPort: (ports) => ports.etcd ?? DEFAULT_PORTS.etcd,
  isHealthy: (ports, timeoutMs) => isEtcdHealthy(etcdEndpoint(ports), timeoutMs),
};
