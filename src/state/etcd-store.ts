import { rootCertificates } from 'node:tls';
import { Etcd3, type IOptions, type IRangeResponse } from 'etcd3';
import { channelOptions, defaultTimeoutMs, isSecure, type EtcdConnection } from './etcd-connection.ts';
import { holdKey } from './etcd-lease.ts';
import { listPages, toStoreEntry, type RangeRequest } from './list-pages.ts';
import { isAmbiguous, toStoreError } from './store-error.ts';
import { maximumOperations, type Compare, type Store, type StoreEntry, type Write } from './store.ts';

/**
 * The store over a real etcd: npm etcd3 for key-value, transactions and leases, never its watcher. Its own retries and
 * circuit breakers are switched off, because they send a transaction again that may have happened.
 */
export function createEtcdStore(connection: EtcdConnection): Store {
  const client = new Etcd3(toClientOptions(connection));
  /** Reads do no harm when sent again, so they try every endpoint once. Writes are sent once. */
  const read = async <Answer>(operation: string, call: () => Promise<Answer>): Promise<Answer> => {
    for (let tried = 1; ; tried += 1) {
      try {
        return await call();
      } catch (error) {
        const failure = toStoreError(error, operation);
        if (!isAmbiguous(failure) || tried >= connection.endpoints.length) throw failure;
      }
    }
  };

  return {
    async get(key) {
      const answer = await read(`read ${key}`, () => client.kv.range({ key: Buffer.from(key) }));
      const entry = firstEntry(answer);
      return { revision: Number(answer.header.revision), ...(entry === undefined ? {} : { entry }) };
    },
    async getMany(keys) {
      const wanted = checkCount([...new Set(keys)]);
      const answer = await read(`read ${wanted.length} keys`, () =>
        client.kv.txn({ success: wanted.map((key) => ({ request_range: { key: Buffer.from(key) } })) }),
      );
      const entries = answer.responses.flatMap(({ response_range }) => firstEntry(response_range) ?? []);
      return {
        revision: Number(answer.header.revision),
        entries: new Map(entries.map((entry) => [entry.key, entry])),
      };
    },
    async list(prefix, options) {
      const range = async (request: RangeRequest) => read(`list ${prefix}`, () => client.kv.range(request));
      return listPages(range, prefix, options);
    },
    async commit(compares, writes) {
      const request = { compare: checkCount(compares).map(toCompare), success: checkCount(writes).map(toOperation) };
      try {
        const answer = await client.kv.txn(request);
        return { committed: answer.succeeded, revision: Number(answer.header.revision) };
      } catch (error) {
        throw toStoreError(error, `write ${writes.map((write) => write.key).join(', ')}`);
      }
    },
    async keepAlive(key, value, ttlSeconds) {
      return holdKey(client, { key, value, ttlSeconds, timeoutMs: connection.timeoutMs ?? defaultTimeoutMs });
    },
    async close() {
      client.close();
    },
  };
}

type Policy = NonNullable<NonNullable<IOptions['faultHandling']>['global']>;

function toClientOptions(connection: EtcdConnection): IOptions {
  const { endpoints, username, password, ca, cert, key, timeoutMs = defaultTimeoutMs } = connection;
  const once = { execute: (call: (context: object) => unknown) => call({}) } as unknown as Policy;
  return {
    hosts: [...endpoints],
    grpcOptions: channelOptions,
    // A function, so that every call gets a deadline of its own, logging in too.
    defaultCallOptions: ({ isStream }) => (isStream ? {} : { deadline: Date.now() + timeoutMs }),
    faultHandling: { global: once, host: () => once },
    ...(username === undefined || password === undefined ? {} : { auth: { username, password } }),
    ...(isSecure(connection)
      ? {
          credentials: {
            rootCertificate: Buffer.from(ca ?? rootCertificates.join('\n')),
            ...(key === undefined ? {} : { privateKey: Buffer.from(key) }),
            ...(cert === undefined ? {} : { certChain: Buffer.from(cert) }),
          },
        }
      : {}),
  };
}

function toCompare({ key, modRevision }: Compare) {
  return { key: Buffer.from(key), target: 'Mod', result: 'Equal', mod_revision: modRevision } as const;
}

function toOperation(write: Write) {
  const key = Buffer.from(write.key);
  if (write.type === 'delete') return { request_delete_range: { key } };
  return { request_put: { key, value: Buffer.from(write.value) } };
}

function firstEntry(answer: IRangeResponse): StoreEntry | undefined {
  const pair = answer.kvs[0];
  return pair === undefined ? undefined : toStoreEntry(pair);
}

function checkCount<Item>(items: readonly Item[]): readonly Item[] {
  if (items.length <= maximumOperations) return items;
  throw new RangeError(
    `cannot take ${items.length} operations in one transaction: ${maximumOperations} is etcd's limit`,
  );
}
