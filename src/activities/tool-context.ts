import type { ResourceKey } from '../domain/identity.ts';
import { externalNameOf } from '../domain/kind.ts';
import type { ToolContext } from '../tools/tool.ts';
import type { ActivityScope } from './activity-scope.ts';
import type { ActivityDependencies } from './dependencies.ts';

/** The context a tool is called with: bound to one resource, one idempotency key and one attempt. */
export function createToolContext(
  { log, readSecret }: Pick<ActivityDependencies, 'log' | 'readSecret'>,
  scope: Pick<ActivityScope, 'signal' | 'heartbeat'>,
  call: { readonly resource: ResourceKey; readonly idempotencyKey: string; readonly attempt: number },
): ToolContext {
  return {
    ...call,
    signal: scope.signal,
    externalName: externalNameOf(call.resource),
    log,
    heartbeat: () => scope.heartbeat(),
    secret: (name) => readSecret(call.resource.tenant, name),
  };
}
