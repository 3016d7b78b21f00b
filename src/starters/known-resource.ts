import { HomeostatError } from '../domain/failure.ts';
import { showResource, type ResourceKey } from '../domain/identity.ts';
import { toldCommand } from '../domain/told-command.ts';
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
  throw new HomeostatError('NOT_FOUND', {
    path: showResource(key),
    problem: `no such resource in tenant ${key.tenant}`,
    remedy: `look with: ${toldCommand('get', key)}`,
  });
}
