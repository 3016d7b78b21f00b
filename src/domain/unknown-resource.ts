import { HomeostatError } from './failure.ts';
import { showResource, type ResourceKey } from './identity.ts';
import { toldCommand } from './told-command.ts';

/** `NOT_FOUND` for a resource, with where to look what there is. */
export function toUnknownResource(key: ResourceKey): HomeostatError {
  return new HomeostatError('NOT_FOUND', {
    path: showResource(key),
    problem: `no such resource in tenant ${key.tenant}`,
    remedy: `look with: ${toldCommand('get', key)}`,
  });
}
