import { parseScope, resourceOf, resourceScope } from '../domain/freeze.ts';
import { checkDnsLabel, showResource } from '../domain/identity.ts';
import { toUnknownAgent } from '../domain/unknown-agent.ts';
import type { ReadDoor } from '../starters/read-door.ts';
import { resolveKind, resolveResource } from './resource-argument.ts';

/**
 * The scope `--scope` names, held against what there is, so that a slip of the pen does not pass for a pause. Throws
 * `UNKNOWN_KIND` and `NOT_FOUND` for a kind or an agent that no runtime has published; a kind may be in any case. Where
 * none has published any, a pause may come before the first start.
 */
export async function resolveScopeText(
  text: string,
  read: Pick<ReadDoor, 'kinds' | 'agents' | 'find'>,
): Promise<string> {
  const parts = text.split('/');
  const [type, name = '', kind, resource] = parts;
  if (type === 'kind' && parts.length === 2 && (await read.kinds()).length > 0)
    return `kind/${await resolveKind(name, read)}`;
  if (type === 'resource' && parts.length === 4)
    return resourceScope(await resolveResource(`${kind}/${resource}`, checkDnsLabel(name, 'tenant'), read));
  const scope = parseScope(text);
  if (type === 'agent') {
    const agents = (await read.agents()).map((agent) => agent.name);
    if (agents.length > 0 && !agents.includes(name)) throw toUnknownAgent(name, agents);
  }
  return scope;
}

/** A note for people where a scope has nothing in it now: a pause may come before what it is for, and may be a slip. */
export async function findEmptiness(scope: string, read: Pick<ReadDoor, 'find' | 'list'>): Promise<string | undefined> {
  const resource = resourceOf(scope);
  if (resource !== undefined) {
    if ((await read.find(resource)) !== undefined) return undefined;
    return `no ${showResource(resource)} is in tenant ${resource.tenant} now, it is held once it comes`;
  }
  const [type, name = ''] = scope.split('/');
  if (type !== 'tenant' || (await read.list(name)).length > 0) return undefined;
  return `nothing is in tenant ${name} now, what comes there is held`;
}
