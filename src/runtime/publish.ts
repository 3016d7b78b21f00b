import type { AgentRegistry } from '../agents/agent-registry.ts';
import { isSameJson } from '../domain/canonical.ts';
import type { Keys } from '../domain/keys.ts';
import type { PublishedAgent, PublishedKind } from '../domain/published.ts';
import type { Store } from '../state/store.ts';
import { parseOwn } from '../state/stored-json.ts';
import { listParameters, toJsonSchema } from '../tools/tool-schema.ts';

/**
 * Publishes kinds and agents to etcd, so that every door, also one that has never heard of an agent, can check resources
 * and list tools. Writes only what changed.
 */
export async function publishRegistry(registry: AgentRegistry, store: Store, keys: Keys): Promise<void> {
  for (const agent of registry.agents) {
    await putIfChanged(store, keys.agent(agent.name), {
      name: agent.name,
      purpose: agent.purpose,
      kinds: agent.kinds.map((kind) => kind.kind),
      planning: agent.planning,
      tools: agent.tools().map((tool) => ({
        name: tool.name,
        description: tool.description,
        riskLevel: tool.riskLevel,
        effect: tool.effect,
        parameters: listParameters(tool).map((parameter) => ({ ...parameter })),
      })),
    } satisfies PublishedAgent);
    for (const kind of agent.kinds) {
      await putIfChanged(store, keys.kind(kind.kind), {
        kind: kind.kind,
        agent: agent.name,
        immutable: [...(kind.immutable ?? [])],
        spec: toJsonSchema(kind.spec),
        status: toJsonSchema(kind.status),
      } satisfies PublishedKind);
    }
  }
}

async function putIfChanged(store: Store, key: string, value: object): Promise<void> {
  const { entry } = await store.get(key);
  if (entry !== undefined && isSameJson(parseOwn(entry), value)) return;
  // Two runtimes of one release write the same; the last one of two releases wins, as it should.
  await store.commit([], [{ type: 'put', key, value: JSON.stringify(value) }]);
}
