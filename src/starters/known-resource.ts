import type { ResourceKey } from '../domain/identity.ts';
import { toUnknownResource } from '../domain/unknown-resource.ts';
import type { Resources, ResourceSnapshot } from '../state/resources.ts';

/** A resource that is desired or on record; nothing when it is neither. */
export async function findKnown(
  resources: Pick<Resources, 'read'>,
  key: ResourceKey,
): Promise<ResourceSnapshot | undefined> {
  const snapshot = await resources.read(key);
  return snapshot.desired === undefined && snapshot.actual === undefined ? undefined : snapshot;
}

/** The same, but throws `NOT_FOUND`. */
export async function getKnown(resources: Pick<Resources, 'read'>, key: ResourceKey): Promise<ResourceSnapshot> {
  const snapshot = await findKnown(resources, key);
  if (snapshot !== undefined) return snapshot;
  throw toUnknownResource(key);
}
