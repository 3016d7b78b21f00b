import type { StateContext } from './state-context.ts';
import { parseOwn, toStored } from './stored-json.ts';

/** The value of `hosts/<host>`: a host that takes steps for what it owns. */
export interface LiveHost {
  readonly host: string;
  readonly address?: string;
  /** ISO 8601. */
  readonly since: string;
}

/** Which hosts live: each keeps its key on a lease, so that a dead one is gone ten seconds later. */
export interface Hosts {
  announce(host: string, address?: string): Promise<{ close(): Promise<void> }>;
  list(): Promise<readonly LiveHost[]>;
  isAlive(host: string): Promise<boolean>;
}

const ttlSeconds = 10;

export function createHosts({ store, keys, now }: StateContext): Hosts {
  return {
    announce(host, address) {
      const value: LiveHost = { host, ...(address === undefined ? {} : { address }), since: now().toISOString() };
      return store.keepAlive(keys.host(host), toStored(value), ttlSeconds);
    },
    async list() {
      const { entries } = await store.list(keys.hostsPrefix);
      return entries.flatMap((entry) => parseOwn<LiveHost>(entry) ?? []);
    },
    async isAlive(host) {
      return (await store.get(keys.host(host))).entry !== undefined;
    },
  };
}
