import { rootCertificates } from 'node:tls';
import { Etcd3, type IOptions, type IRangeResponse } from 'etcd3';
import { channelOptions, defaultTimeoutMs, isSecure, type EtcdConnection } from './etcd-connection.ts';
import { createLapsingKeys, holdKey } from './etcd-lease.ts';
import { endOfPrefix, listPages, toStoreEntry, walkPages, type RangeRequest } from './list-pages.ts';
import { isStaleToken, isUnavailable, toStoreError } from './store-error.ts';
import { maximumOperations, type Compare, type Store, type StoreEntry, type Write } from './store.ts';

/**
 * The store over a real etcd: npm etcd3 for key-value, transactions and leases, never its watcher. Its own retries and
 * circuit breakers are switched off, because they send a transaction again that may have happened.
 */
export function createEtcdStore(connection: EtcdConnection): Store {
  // One client an endpoint: etcd3 itself picks one at random each time, also one that is known to be dead.
  const connect = (endpoint: string) => new Etcd3(toClientOptions(connection, endpoint));
  const clients = connection.endpoints.map(connect);
  let turn = 0;
  /** Sends to the endpoint that last worked, once; after a failure the next call goes to the next endpoint. */
  const send = async <Answer>(operation: string, call: (client: Etcd3) => Promise<Answer>): Promise<Answer> => {
    const used = turn;
    const index = used % clients.length;
    const client = clients[index]!;
    try {
      return await call(client);
    } catch (error) {
      // etcd3 keeps a token that etcd refuses because users or roles changed since.
      if (isStaleToken(error) && clients[index] === client) {
        client.close();
        clients[index] = connect(connection.endpoints[index]!);
      }
      const failure = toStoreError(error, operation);
      if (isUnavailable(failure) && turn === used) turn += 1;
      throw failure;
    }
  };
  /** Reads do no harm when sent again, so they try every endpoint. Writes are sent once. */
  const read = async <Answer>(operation: string, call: (client: Etcd3) => Promise<Answer>): Promise<Answer> => {
    for (let tried = 1; ; tried += 1) {
      try {
        return await send(operation, call);
      } catch (error) {
        if (!isUnavailable(error) || tried >= clients.length) throw error;
      }
    }
  };

  const lapsing = createLapsingKeys(send);

  return {
    async get(key) {
      const answer = await read(`read ${key}`, (client) => client.kv.range({ key: Buffer.from(key) }));
      const entry = firstEntry(answer);
      return { revision: Number(answer.header.revision), ...(entry === undefined ? {} : { entry }) };
    },
    async getMany(keys) {
      const wanted = checkCount([...new Set(keys)]);
      const answer = await read(`read ${wanted.length} keys`, (client) =>
        client.kv.txn({ success: wanted.map((key) => ({ request_range: { key: Buffer.from(key) } })) }),
      );
      const entries = answer.responses.flatMap(({ response_range }) => firstEntry(response_range) ?? []);
      return {
        revision: Number(answer.header.revision),
        entries: new Map(entries.map((entry) => [entry.key, entry])),
      };
    },
    async list(prefix, options) {
      const range = (request: RangeRequest) => read(`list ${prefix}`, (client) => client.kv.range(request));
      return listPages(range, prefix, options);
    },
    walk: (prefix) => walkPages((request) => read(`list ${prefix}`, (client) => client.kv.range(request)), prefix),
    async commit(compares, writes) {
      const request = { compare: checkCount(compares).map(toCompare), success: checkCount(writes).map(toOperation) };
      const keys = writes.map((write) => write.key).join(', ');
      const answer = await send(`write ${keys}`, (client) => client.kv.txn(request));
      return { committed: answer.succeeded, revision: Number(answer.header.revision) };
    },
    putFor: (key, value, seconds) => lapsing.put(key, value, seconds),
    async keepAlive(key, value, ttlSeconds) {
      return holdKey(send, { key, value, ttlSeconds, timeoutMs: connection.timeoutMs ?? defaultTimeoutMs });
    },
    async close() {
      for (const client of clients) client.close();
    },
  };
}

type Policy = NonNullable<NonNullable<IOptions['faultHandling']>['global']>;

function toClientOptions(connection: EtcdConnection, endpoint: string): IOptions {
  const { username, password, ca, cert, key, timeoutMs = defaultTimeoutMs } = connection;
  // Async on purpose: etcd3 hands a broken stream's error to it from an event, where a throw would end the process.
  const once = { execute: async (call: (context: object) => unknown) => call({}) } as unknown as Policy;
  return {
    hosts: endpoint,
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

function toCompare(compare: Compare) {
  const equal = { target: 'Mod', result: 'Equal' } as const;
  if ('key' in compare) return { ...equal, key: Buffer.from(compare.key), mod_revision: compare.modRevision };
  const { emptyBelow } = compare;
  return { ...equal, key: Buffer.from(emptyBelow), range_end: endOfPrefix(emptyBelow), mod_revision: 0 };
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
