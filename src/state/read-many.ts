import type { ResourceKey } from '../domain/identity.ts';
import type { ResourceSnapshot, Resources } from './resources.ts';

/** Reads at once; more would only queue in the store. */
const batchSize = 32;

/** Reads resources in batches, in the order of the keys. */
export async function readMany(
  resources: Pick<Resources, 'read'>,
  keys: readonly ResourceKey[],
): Promise<readonly ResourceSnapshot[]> {
  const snapshots: ResourceSnapshot[] = [];
  for (let from = 0; from < keys.length; from += batchSize) {
    const batch = keys.slice(from, from + batchSize);
    snapshots.push(...(await Promise.all(batch.map((key) => resources.read(key)))));
  }
  return snapshots;
}
