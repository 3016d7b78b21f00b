import { setTimeout as sleep } from 'node:timers/promises';
import type { Etcd3 } from 'etcd3';

/** Sends a call to the endpoint that works, and turns its errors into ours. */
export type Send = <Answer>(operation: string, call: (client: Etcd3) => Promise<Answer>) => Promise<Answer>;

export interface HeldKey {
  readonly key: string;
  readonly value: string;
  readonly ttlSeconds: number;
  readonly timeoutMs: number;
}

/**
 * Keeps a key on a lease. The lease is renewed three times in its life; one that is gone, after an outage or a long
 * pause, is replaced and the key put again, for as long as this process lives. Closing takes the key away at once.
 *
 * Several may keep the same key: it stands on the lease of whoever put it last, goes with that one, and is put again by
 * another at its next renewal.
 */
export async function holdKey(send: Send, held: HeldKey): Promise<{ close(): Promise<void> }> {
  let lease: string | undefined = await putOnNewLease(send, held);
  const closing = new AbortController();
  const renewing = (async () => {
    const gapMs = (held.ttlSeconds * 1_000) / 3;
    while (!closing.signal.aborted) {
      await sleep(gapMs, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
      if (closing.signal.aborted) return;
      try {
        const id = lease;
        if (id === undefined || !(await send('renew a lease', (client) => renewOnce(client, id, held.timeoutMs)))) {
          lease = undefined;
          lease = await putOnNewLease(send, held);
        } else {
          await putIfAbsent(send, held, id);
        }
      } catch {
        // The store is away: the key lapses by itself, and comes back with the store.
      }
    }
  })();
  return {
    async close() {
      closing.abort();
      await renewing;
      // Left alone it lapses within its time to live; an end must not fail for it.
      const last = lease;
      if (last === undefined) return;
      await send('end a lease', (client) => client.leaseClient.leaseRevoke({ ID: last })).catch(() => undefined);
    },
  };
}

async function putOnNewLease(send: Send, { key, value, ttlSeconds }: HeldKey): Promise<string> {
  return send(`announce ${key}`, async (client) => {
    const { ID } = await client.leaseClient.leaseGrant({ TTL: ttlSeconds });
    await client.kv.put({ key: Buffer.from(key), value: Buffer.from(value), lease: ID });
    return ID;
  });
}

/** Looks first: a transaction that could write costs etcd a write to its disk, also where nothing is to be done. */
async function putIfAbsent(send: Send, held: HeldKey, lease: string): Promise<void> {
  const key = Buffer.from(held.key);
  await send(`announce ${held.key}`, async (client) => {
    const { count } = await client.kv.range({ key, count_only: true });
    if (Number(count) > 0) return;
    await client.kv.txn({
      compare: [{ key, target: 'Create', result: 'Equal', create_revision: 0 }],
      success: [{ request_put: { key, value: Buffer.from(held.value), lease } }],
    });
  });
}

/** Whether the lease still lives; a stream of one question, because the protocol has no other way to ask. */
async function renewOnce(client: Etcd3, lease: string, timeoutMs: number): Promise<boolean> {
  const stream = await client.leaseClient.leaseKeepAlive({ deadline: Date.now() + timeoutMs });
  try {
    return await new Promise<boolean>((resolve, reject) => {
      stream.on('data', ({ TTL }) => resolve(Number(TTL) > 0));
      stream.on('error', reject);
      stream.on('end', () => reject(new Error('the stream ended')));
      stream.write({ ID: lease });
    });
  } finally {
    // Whatever comes now is of no interest, but an error without a listener would end the process.
    stream.on('error', () => undefined);
    stream.end();
  }
}

/** Puts keys on leases that nobody renews. */
export interface LapsingKeys {
  put(key: string, value: string, seconds: number): Promise<void>;
}

/** A lease takes the keys of so long: each key having its own would burden etcd more than the keys do. */
const sharedForMs = 60 * 60_000;

export function createLapsingKeys(send: Send): LapsingKeys {
  const leases = new Map<number, { readonly id: string; readonly until: number }>();
  const leaseFor = async (client: Etcd3, seconds: number): Promise<string> => {
    const known = leases.get(seconds);
    if (known !== undefined && performance.now() < known.until) return known.id;
    const { ID } = await client.leaseClient.leaseGrant({ TTL: seconds + sharedForMs / 1_000 });
    leases.set(seconds, { id: ID, until: performance.now() + sharedForMs });
    return ID;
  };
  const putOnce = (key: string, value: string, seconds: number): Promise<void> =>
    send(`write ${key}`, async (client) => {
      await client.kv.put({ key: Buffer.from(key), value: Buffer.from(value), lease: await leaseFor(client, seconds) });
    });
  return {
    async put(key, value, seconds) {
      const isShared = leases.has(seconds);
      try {
        await putOnce(key, value, seconds);
      } catch (error) {
        // A store that was put back does not know the lease. Sent twice it does no harm.
        if (!isShared) throw error;
        leases.delete(seconds);
        await putOnce(key, value, seconds);
      }
    },
  };
}
