import type { ActualStatus } from '../../src/domain/actual.ts';
import { defaultTenant, toResourcePath, type ResourceKey } from '../../src/domain/identity.ts';
import { fromStoreKey } from '../../src/domain/keys.ts';
import { apiVersion } from '../../src/domain/resource.ts';
import { createPrefixWatch } from '../../src/state/create-prefix-watch.ts';
import type { TestServers } from '../../test/support/test-servers.ts';
import { noopKind } from './agent.ts';

/** Puts in one transaction, below etcd's limit of 128 operations. */
const putsAtOnce = 100;

/** Longer than anything here should ever take: then the benchmark ends instead of hanging. */
const patienceMs = 600_000;

export interface Settlement {
  /** Desired's mod revision. */
  readonly revision: number;
  /** Milliseconds from just before desired was written until the status that settles it was seen. */
  readonly ms: number;
}

/** Writes desired values as any etcd client would, and watches etcd for the status that settles each. */
export interface Settlements {
  converge(name: string, spec: object): Promise<Settlement>;
  /** The same of many, written at once. */
  convergeAll(names: readonly string[], spec: object): Promise<readonly Settlement[]>;
  close(): Promise<void>;
}

export function keyOf(name: string, kind = noopKind): ResourceKey {
  return { tenant: defaultTenant, kind, name };
}

export function desiredValue({ kind, name }: ResourceKey, spec: object): string {
  return JSON.stringify({ apiVersion, kind, metadata: { name }, spec });
}

export async function watchSettlements({ state, keys, etcdEndpoints }: TestServers): Promise<Settlements> {
  const seen = new Map<string, { readonly status: ActualStatus; readonly at: number }>();
  const waiters = new Map<string, () => void>();
  const watch = createPrefixWatch({
    connection: { endpoints: etcdEndpoints },
    prefix: keys.actualPrefix,
    onList: () => undefined,
    onEvent({ key, value }) {
      const at = performance.now();
      const resource = fromStoreKey(key, keys.actualPrefix);
      if (resource === undefined || value === undefined) return;
      const { status } = JSON.parse(value) as { status: ActualStatus };
      const path = toResourcePath(resource);
      seen.set(path, { status, at });
      waiters.get(path)?.();
    },
  });
  await watch.start();

  const settled = (name: string, revision: number, from: number): Promise<Settlement> =>
    new Promise((resolve, reject) => {
      const path = toResourcePath(keyOf(name));
      const timer = setTimeout(() => reject(new Error(`${name} did not converge in ${patienceMs} ms`)), patienceMs);
      const look = () => {
        const last = seen.get(path);
        if (last?.status.settledRevision !== revision) return;
        clearTimeout(timer);
        waiters.delete(path);
        if (last.status.state === 'Running') resolve({ revision, ms: last.at - from });
        else reject(new Error(`${name} did not converge: ${JSON.stringify(last.status.conditions)}`));
      };
      waiters.set(path, look);
      look();
    });
  const putAll = async (names: readonly string[], spec: object): Promise<number> => {
    const writes = names.map((name) => {
      const key = keyOf(name);
      return { type: 'put', key: keys.desired(key), value: desiredValue(key, spec) } as const;
    });
    return (await state.store.commit([], writes)).revision;
  };

  const convergeAll = async (names: readonly string[], spec: object): Promise<readonly Settlement[]> => {
    const from = performance.now();
    const batches = Array.from({ length: Math.ceil(names.length / putsAtOnce) }, (_, index) =>
      names.slice(index * putsAtOnce, (index + 1) * putsAtOnce),
    );
    const settlements = await Promise.all(
      batches.map(async (batch) => {
        const revision = await putAll(batch, spec);
        return Promise.all(batch.map((name) => settled(name, revision, from)));
      }),
    );
    return settlements.flat();
  };
  return {
    convergeAll,
    async converge(name, spec) {
      const [settlement] = await convergeAll([name], spec);
      return settlement!;
    },
    close: () => watch.close(),
  };
}
