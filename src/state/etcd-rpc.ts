import { createRequire } from 'node:module';
import {
  credentials,
  loadPackageDefinition,
  Metadata,
  type ChannelCredentials,
  type Client,
  type ClientDuplexStream,
  type ServiceClientConstructor,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { channelOptions, defaultTimeoutMs, isSecure, type EtcdConnection } from './etcd-connection.ts';
import type { KeyValue, RangeAnswer, RangeRequest } from './list-pages.ts';

/** An answer of the watch stream, as the protocol has it. */
export interface WatchAnswer {
  readonly header: { readonly cluster_id: string; readonly revision: string } | null;
  readonly created: boolean;
  readonly canceled: boolean;
  readonly cancel_reason: string;
  readonly compact_revision: string;
  /** More of the same answer follows. */
  readonly fragment: boolean;
  readonly events: readonly { readonly type: 'Put' | 'Delete'; readonly kv: KeyValue }[];
}

export type WatchStream = ClientDuplexStream<object, WatchAnswer>;

/** One channel to one etcd member, logged in if there is a user. Used for one session and then thrown away. */
export interface EtcdRpc {
  range(request: RangeRequest): Promise<RangeAnswer>;
  watch(): WatchStream;
  close(): void;
}

/** Opens a channel and logs in. Every call has a deadline; the watch stream has none. */
export async function openEtcdRpc(connection: EtcdConnection, endpoint: string): Promise<EtcdRpc> {
  const { username, password, timeoutMs = defaultTimeoutMs } = connection;
  const { KV, Watch, Auth } = loadServices();
  const address = endpoint.replace(/^https?:\/\//, '');
  const secrets = toCredentials(connection);
  const clients: Client[] = [];
  const open = (Service: ServiceClientConstructor) => {
    const client = new Service(address, secrets, channelOptions);
    clients.push(client);
    return client;
  };
  const close = () => {
    for (const client of clients) client.close();
  };
  const metadata = new Metadata();
  const ask = <Answer>(client: Client, method: string, request: object) =>
    new Promise<Answer>((resolve, reject) => {
      const call = (client as unknown as Record<string, UnaryCall<Answer>>)[method]!.bind(client);
      call(request, metadata, { deadline: Date.now() + timeoutMs }, (error, answer) =>
        error ? reject(error) : resolve(answer!),
      );
    });

  try {
    if (username !== undefined && password !== undefined) {
      const { token } = await ask<{ token: string }>(open(Auth), 'authenticate', { name: username, password });
      metadata.set('token', token);
    }
    const kv = open(KV);
    const watcher = open(Watch);
    return {
      range: (request) => ask(kv, 'range', request),
      watch() {
        const watching = metadata.clone();
        // A member cut off from its cluster ends the stream, rather than going silent.
        watching.set('hasleader', 'true');
        return (watcher as unknown as { watch(metadata: Metadata): WatchStream }).watch(watching);
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

type UnaryCall<Answer> = (
  request: object,
  metadata: Metadata,
  options: { deadline: number },
  done: (error: Error | null, answer?: Answer) => void,
) => void;

function toCredentials(connection: EtcdConnection): ChannelCredentials {
  const { ca, key, cert } = connection;
  if (!isSecure(connection)) return credentials.createInsecure();
  const toBuffer = (text: string | undefined) => (text === undefined ? null : Buffer.from(text));
  return credentials.createSsl(toBuffer(ca), toBuffer(key), toBuffer(cert));
}

interface Services {
  readonly KV: ServiceClientConstructor;
  readonly Watch: ServiceClientConstructor;
  readonly Auth: ServiceClientConstructor;
}

let services: Services | undefined;

/** The definitions that npm etcd3 ships are complete, and a built package finds them where this one does. */
function loadServices(): Services {
  if (services !== undefined) return services;
  const path = createRequire(import.meta.url).resolve('etcd3/proto/rpc.proto');
  const definition = loadSync(path, { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true });
  services = (loadPackageDefinition(definition) as unknown as { etcdserverpb: Services }).etcdserverpb;
  return services;
}
