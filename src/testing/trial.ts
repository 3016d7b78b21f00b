import { randomUUID } from 'node:crypto';
import type { ActivityScope } from '../activities/activity-scope.ts';
import type { ActivityDependencies } from '../activities/dependencies.ts';
import { loadResource } from '../activities/load-resource.ts';
import { observeResource, type ComparedResource } from '../activities/observe-resource.ts';
import { previewPlan } from '../activities/observe-and-plan.ts';
import { createAgentRegistry } from '../agents/agent-registry.ts';
import type { Agent } from '../agents/agent.ts';
import { describeThrown, HomeostatErrors } from '../domain/failure.ts';
import { toReconcileWorkflowId, type ResourceKey } from '../domain/identity.ts';
import { createKeys } from '../domain/keys.ts';
import type { Log } from '../domain/log.ts';
import type { PlanPreview, RunReference } from '../domain/run.ts';
import { apiVersion } from '../domain/resource.ts';
import { createMemoryStore } from '../state/memory-store.ts';
import { createStateOver } from '../state/state.ts';
import type { Store } from '../state/store.ts';
import { noModels } from './no-models.ts';
import { witnessAgent, type ToolCall } from './witness-agent.ts';

/** What a trial is made from. */
export interface TrialOptions {
  readonly makeAgent: () => Agent;
  readonly resource: ResourceKey;
  readonly readSecret: ActivityDependencies['readSecret'];
  /** Told everything that is stored and logged, and all that tools return and throw. */
  readonly overhear: (text: string) => void;
}

/**
 * One resource of the agent under test, over a store in memory, driven through the very activities of the runtime. What
 * the agent does at its target is real.
 */
export interface Trial {
  readonly resource: ResourceKey;
  /** As a worker would have them; another one's after `restart`. */
  dependencies(): ActivityDependencies;
  readonly calls: readonly ToolCall[];
  readonly log: Log;
  /** A new worker: the agent is made anew where it can be. */
  restart(): void;
  want(spec: object): Promise<void>;
  unwant(): Promise<void>;
  preview(): Promise<PlanPreview>;
  /** The resource as planning sees it. */
  observed(): Promise<ComparedResource>;
  scope(attempt?: number, signal?: AbortSignal, scheduledAt?: number): ActivityScope;
  reference(pass: number): RunReference;
}

const settings: ActivityDependencies['settings'] = {
  approvalExpiresAfterMs: 86_400_000,
  retryFirstMs: 60_000,
  retryLongestMs: 3_600_000,
  modes: { default: 'act', kinds: {}, tenants: {} },
};

export function createTrial({ makeAgent, resource, readSecret, overhear }: TrialOptions): Trial {
  const store = overhearStore(createMemoryStore(), overhear);
  const keys = createKeys('/conformance');
  const state = createStateOver(store, keys);
  const note = (fields: object, message: string) => overhear(`${message} ${JSON.stringify(fields, tellErrors)}`);
  const log: Log = { info: note, warn: note };
  const calls: ToolCall[] = [];
  // Two trials never share an idempotency key: it is made from the run's id among others.
  const firstRunId = randomUUID();

  const employ = (): ActivityDependencies => ({
    registry: createAgentRegistry([witnessAgent(makeAgent(), calls, overhear)]),
    state,
    host: 'conformance',
    log,
    settings,
    models: noModels,
    tell: async () => undefined,
    runbooks: [],
    readSecret,
  });
  let dependencies = employ();
  const scope = (attempt = 1, signal = new AbortController().signal, scheduledAt = 0): ActivityScope => ({
    workflowId: toReconcileWorkflowId(resource),
    runId: firstRunId,
    scheduledAt,
    attempt,
    queue: 'conformance',
    signal,
    heartbeat: () => undefined,
  });

  return {
    resource,
    dependencies: () => dependencies,
    calls,
    log,
    restart() {
      dependencies = employ();
    },
    async want(spec) {
      const { tenant, kind, name } = resource;
      const value = JSON.stringify({ apiVersion, kind, metadata: { name, tenant }, spec });
      await store.commit([], [{ type: 'put', key: keys.desired(resource), value }]);
    },
    async unwant() {
      await store.commit([], [{ type: 'delete', key: keys.desired(resource) }]);
    },
    async preview() {
      const look = await previewPlan(dependencies, scope(), { resource });
      if (look.type === 'ask-model') throw new Error('there is nobody to ask');
      return look;
    },
    async observed() {
      const loaded = await loadResource(dependencies, resource);
      if (loaded.type === 'invalid') throw new HomeostatErrors(loaded.errors);
      return observeResource(loaded.resource, { signal: scope().signal, log });
    },
    scope,
    reference: (pass) => ({ resource, firstRunId, pass, now: Date.now() }),
  };
}

/** For `JSON.stringify`: errors by what they say, as the log writes them. */
function tellErrors(_: string, value: unknown): unknown {
  return value instanceof Error ? describeThrown(value) : value;
}

function overhearStore(store: Store, overhear: TrialOptions['overhear']): Store {
  return {
    ...store,
    commit(compares, writes) {
      for (const write of writes) if (write.type === 'put') overhear(write.value);
      return store.commit(compares, writes);
    },
    putFor(key, value, seconds) {
      overhear(value);
      return store.putFor(key, value, seconds);
    },
  };
}
