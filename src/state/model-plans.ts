import type { AuditEvent } from '../domain/audit.ts';
import type { ResourceKey } from '../domain/identity.ts';
import type { ModelUsage } from '../domain/model-route.ts';
import type { AuditScope } from './audit-scope.ts';
import { commitChange } from './changes.ts';
import type { StateContext } from './state-context.ts';
import { parseOwn, toStored } from './stored-json.ts';

/** A plan that a model made, under the identity of what it was asked and how. */
export interface ModelPlanRecord {
  /** Digest of the answer among the blobs. */
  readonly answer: string;
  readonly usage: ModelUsage;
  /** ISO 8601. */
  readonly madeAt: string;
}

/** Plans that models made, and what they cost: the same is not asked twice, and nothing is asked over the budget. */
export interface ModelPlans {
  /** Undefined when there is none, or an older one than `lifetimeMs`. */
  find(tenant: string, identity: string, lifetimeMs: number): Promise<ModelPlanRecord | undefined>;
  /**
   * Keeps a plan, adds its cost to the tenant's day and puts the call into the resource's audit chain, all or nothing; so
   * a retry after a lost answer counts nothing twice.
   */
  keep(
    resource: ResourceKey,
    identity: string,
    plan: Omit<ModelPlanRecord, 'madeAt'>,
    detail: AuditEvent['detail'],
    scope: AuditScope,
  ): Promise<void>;
  /** What a tenant has spent since midnight, UTC. */
  spentToday(tenant: string): Promise<ModelUsage>;
}

const nothing: ModelUsage = { calls: 0, inputTokens: 0, outputTokens: 0, cachedTokens: 0, costMicros: 0 };

export function createModelPlans(context: StateContext): ModelPlans {
  const { store, keys, now } = context;
  const todayKey = (tenant: string) => keys.modelUsage(tenant, now().toISOString().slice(0, 10));
  return {
    async find(tenant, identity, lifetimeMs) {
      const record = parseOwn<ModelPlanRecord>((await store.get(keys.modelPlan(tenant, identity))).entry);
      if (record === undefined || now().getTime() - Date.parse(record.madeAt) > lifetimeMs) return undefined;
      return record;
    },
    async keep(resource, identity, plan, detail, { workflowId, runId }) {
      const planKey = keys.modelPlan(resource.tenant, identity);
      const usageKey = todayKey(resource.tenant);
      const at = now().toISOString();
      const record: ModelPlanRecord = { ...plan, madeAt: at };
      await commitChange(context, {
        resource,
        at,
        reads: [planKey, usageKey],
        decide(snapshot) {
          if (parseOwn<ModelPlanRecord>(snapshot.get(planKey))?.answer === plan.answer) return { result: undefined };
          const spent = addUsage(parseOwn<ModelUsage>(snapshot.get(usageKey)) ?? nothing, plan.usage);
          return {
            result: undefined,
            writes: [
              { type: 'put', key: planKey, value: toStored(record) },
              { type: 'put', key: usageKey, value: toStored(spent) },
            ],
            audit: { type: 'model-asked', workflowId, runId, detail },
          };
        },
      });
    },
    async spentToday(tenant) {
      return parseOwn<ModelUsage>((await store.get(todayKey(tenant))).entry) ?? nothing;
    },
  };
}

function addUsage(left: ModelUsage, right: ModelUsage): ModelUsage {
  const sum = (field: keyof ModelUsage) => left[field] + right[field];
  return {
    calls: sum('calls'),
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
    cachedTokens: sum('cachedTokens'),
    costMicros: sum('costMicros'),
  };
}
