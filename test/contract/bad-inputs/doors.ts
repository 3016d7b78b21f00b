import { observeAndPlan } from '../../../src/activities/observe-and-plan.ts';
import { createAgentRegistry } from '../../../src/agents/agent-registry.ts';
import { readSecret } from '../../../src/config/load-config.ts';
import { toCodedErrors } from '../../../src/domain/failure.ts';
import type { ResourceKey } from '../../../src/domain/identity.ts';
import { createKeys } from '../../../src/domain/keys.ts';
import { publishRegistry } from '../../../src/runtime/publish.ts';
import { parseDocuments } from '../../../src/starters/parse-documents.ts';
import { createResourceDoor } from '../../../src/starters/resource-door.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import { createStateOver, type State } from '../../../src/state/state.ts';
import { createDatabaseAgent, createDatabaseWorld, type DatabaseWorld } from '../../support/database-agent.ts';
import { createActivityDependencies, toActivityScope } from '../../support/activity-context.ts';

/** Both ways into desired, over a store in memory. What they refuse comes back as the coded lines a person reads. */
export interface Doors {
  readonly state: State;
  readonly world: DatabaseWorld;
  /** As the command line does it; the lines, none when it was accepted. */
  apply(text: string): Promise<readonly string[]>;
  /** As anybody with etcdctl does it, and then what its run says. */
  put(key: ResourceKey, text: string): Promise<string>;
}

export async function createDoors(): Promise<Doors> {
  const world = createDatabaseWorld();
  const keys = createKeys('/test');
  const state = createStateOver(createMemoryStore(), keys);
  const registry = createAgentRegistry([createDatabaseAgent(world)]);
  await publishRegistry(registry, state.store, keys);
  const door = createResourceDoor(state);
  const dependencies = createActivityDependencies({
    registry,
    state,
    readSecret: async (tenant, name) => readSecret(tenant, name, {}),
  });
  return {
    state,
    world,
    async apply(text) {
      try {
        await door.apply(parseDocuments(text));
        return [];
      } catch (error) {
        const errors = toCodedErrors(error);
        if (errors.length === 0) throw error;
        return errors.map(({ message }) => message);
      }
    },
    async put(key, text) {
      await state.store.commit([], [{ type: 'put', key: keys.desired(key), value: text }]);
      const planned = await observeAndPlan(dependencies, toActivityScope(key), {
        resource: key,
        firstRunId: 'run-1',
        pass: 1,
        now: 0,
        failures: [],
        triedShapes: [],
        retryAsked: false,
      });
      if (planned.type !== 'blocked') return planned.type;
      const { code, invalid, message } = planned.block;
      // At this door resources come in any order: one that is not there yet is waited for.
      return invalid === true || code === 'DEPENDENCY_NOT_READY' ? message : `blocked, not invalid: ${message}`;
    },
  };
}
