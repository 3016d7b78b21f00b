/** How to reach an etcd cluster; certificates as PEM text. */
export interface EtcdConnection {
  /** `host:port`, with or without `http://` or `https://`; tried in turn. */
  readonly endpoints: readonly string[];
  readonly username?: string;
  readonly password?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Deadline of every single call. */
  readonly timeoutMs?: number;
}

export const defaultTimeoutMs = 5_000;

/** The largest answer that is taken; gRPC's own limit of 4 MiB loses watches in silence. */
export const receiveLimit = 16 * 1024 * 1024;

/** Whether the connection is encrypted: certificates are given, or an endpoint says `https`. */
export function isSecure({ endpoints, ca, cert }: EtcdConnection): boolean {
  return ca !== undefined || cert !== undefined || endpoints.some((endpoint) => endpoint.startsWith('https:'));
}

export const channelOptions = {
  'grpc.max_receive_message_length': receiveLimit,
  'grpc.max_send_message_length': receiveLimit,
  // etcd ends connections that ping more often.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 3_000,
  // Else all channels to one address share a connection, and a new one gets the dead one that another still holds.
  'grpc.use_local_subchannel_pool': 1,
  // Books about every call, for a debugging service that nobody here offers: a seventh of a call's processor time.
  'grpc.enable_channelz': 0,
  // A copy of every call kept for sending it again, which is ours to decide: a fifth of a call's processor time.
  'grpc.enable_retries': 0,
} as const;
