import { resourceOf } from '../domain/freeze.ts';
import { showResource } from '../domain/identity.ts';
import { toUnknownAgent } from '../domain/unknown-agent.ts';
import { toUnknownKind } from '../domain/unknown-kind.ts';
import type { ReadDoor } from '../starters/read-door.ts';

/**
 * Holds the scope of a new pause against what there is, so that a slip of the pen does not pass for a pause. Throws
 * `UNKNOWN_KIND` and `NOT_FOUND` for a kind or an agent that no runtime has published. Answers with a note for people
 * where nothing is there now: a pause may come before what it is for.
 */
export async function checkScope(
  scope: string,
  read: Pick<ReadDoor, 'kinds' | 'agents' | 'find' | 'list'>,
): Promise<string | undefined> {
  const resource = resourceOf(scope);
  if (resource !== undefined) {
    if ((await read.find(resource)) !== undefined) return undefined;
    const kinds = await read.kinds();
    if (!kinds.includes(resource.kind)) throw toUnknownKind(resource.kind, kinds);
    return `no ${showResource(resource)} is in tenant ${resource.tenant} now, it is held once it comes`;
  }
  const [type, name = ''] = scope.split('/');
  if (type === 'kind') {
    const kinds = await read.kinds();
    if (!kinds.includes(name)) throw toUnknownKind(name, kinds);
  } else if (type === 'agent') {
    const agents = (await read.agents()).map((agent) => agent.name);
    if (!agents.includes(name)) throw toUnknownAgent(name, agents);
  } else if (type === 'tenant' && (await read.list(name)).length === 0) {
    return `nothing is in tenant ${name} now, what comes there is held`;
  }
  return undefined;
}
