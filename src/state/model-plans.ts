import type { AuditEvent } from '../domain/audit.ts';
import type { ResourceKey } from '../domain/identity.ts';
import { addUsage, noUsage, type DayUsage, type ModelUsage, type TenantUsage } from '../domain/model-usage.ts';
import { ownValue } from '../domain/own-value.ts';
import type { AuditScope } from './audit-scope.ts';
import { commitChange } from './changes.ts';
import { removeUnchanged } from './remove-unchanged.ts';
import type { StateContext } from './state-context.ts';
import type { Write } from './store.ts';
import { parseOwn, toStored } from './stored-json.ts';

/** A plan or a diagnosis that a model made, under the identity of what it was asked and how. */
export interface ModelPlanRecord {
  /** Digests of the question and the answer among the blobs. */
  readonly question: string;
  readonly answer: string;
  readonly usage: ModelUsage;
  /** Digest of what was said, on the host that asked. */
  readonly transcript?: string;
  /** ISO 8601. */
  readonly madeAt: string;
}

/** What was asked and what came of it, for the record. */
export interface AccountedCall {
  readonly resource: ResourceKey;
  readonly agent: string;
  readonly usage: ModelUsage;
  /** The usable plan or diagnosis, if there is one. */
  readonly plan?: {
    readonly identity: string;
    readonly question: string;
    readonly answer: string;
    readonly transcript?: string;
  };
  readonly detail: AuditEvent['detail'];
}

/** Plans and diagnoses that models made, and what they cost: the same is not asked twice, and nothing is asked over the budget. */
export interface ModelPlans {
  /** Undefined when there is none, or an older one than `lifetimeMs`. */
  find(tenant: string, identity: string, lifetimeMs: number): Promise<ModelPlanRecord | undefined>;
  /**
   * Keeps a plan, adds its cost to the tenant's day and puts the conversation into the resource's audit chain, all or
   * nothing. To be called once for each: what gave no plan costs too, and so does the same answer once more, which then is
   * as young as that. Without any answer there is the record of the question alone.
   */
  account(call: AccountedCall, scope: AuditScope): Promise<void>;
  /** What a tenant has spent since midnight, UTC. */
  spentToday(tenant: string): Promise<DayUsage>;
  /** The same of all tenants that have spent something, by their names. */
  listSpentToday(): Promise<readonly TenantUsage[]>;
  /**
   * Lets go of plans made longer ago, and of days that ended longer ago. Questions and answers go by themselves, since others
   * may need the same ones.
   */
  removeOlderThan(ageMs: number): Promise<void>;
}

const dayMs = 24 * 60 * 60 * 1_000;
const nothing: DayUsage = { total: noUsage, agents: {} };

export function createModelPlans(context: StateContext): ModelPlans {
  const { store, keys, now } = context;
  const today = () => now().toISOString().slice(0, 10);
  const todayKey = (tenant: string) => keys.modelUsage(tenant, today());
  return {
    async find(tenant, identity, lifetimeMs) {
      const record = parseOwn<ModelPlanRecord>((await store.get(keys.modelPlan(tenant, identity))).entry);
      if (record === undefined || now().getTime() - Date.parse(record.madeAt) > lifetimeMs) return undefined;
      return record;
    },
    async account({ resource, agent, usage, plan, detail }, { workflowId, runId }) {
      const { tenant } = resource;
      const usageKey = todayKey(tenant);
      const at = now().toISOString();
      await commitChange(context, {
        resource,
        at,
        reads: [usageKey],
        decide(snapshot) {
          const { total, agents } = parseOwn<DayUsage>(snapshot.get(usageKey)) ?? nothing;
          const spent: DayUsage = {
            total: addUsage(total, usage),
            agents: { ...agents, [agent]: addUsage(ownValue(agents, agent) ?? noUsage, usage) },
          };
          const writes: Write[] = usage.calls === 0 ? [] : [{ type: 'put', key: usageKey, value: toStored(spent) }];
          if (plan !== undefined) {
            const record: ModelPlanRecord = { ...plan, usage, madeAt: at };
            writes.push({ type: 'put', key: keys.modelPlan(tenant, plan.identity), value: toStored(record) });
          }
          return { result: undefined, writes, audit: { type: 'model-asked', workflowId, runId, detail } };
        },
      });
    },
    async spentToday(tenant) {
      return parseOwn<DayUsage>((await store.get(todayKey(tenant))).entry) ?? nothing;
    },
    async listSpentToday() {
      const { entries } = await store.list(keys.modelUsagePrefix);
      return entries.flatMap((entry) => {
        const [tenant, day] = entry.key.slice(keys.modelUsagePrefix.length).split('/');
        const spent = day === today() ? parseOwn<DayUsage>(entry) : undefined;
        return spent === undefined ? [] : [{ tenant: tenant!, ...spent }];
      });
    },
    async removeOlderThan(ageMs) {
      const oldest = now().getTime() - ageMs;
      const plans = (await store.list(keys.modelPlansPrefix)).entries.filter((entry) => {
        const record = parseOwn<ModelPlanRecord>(entry);
        return record === undefined || !(Date.parse(record.madeAt) >= oldest);
      });
      const days = (await store.list(keys.modelUsagePrefix)).entries.filter(
        ({ key }) => Date.parse(key.slice(key.lastIndexOf('/') + 1)) + dayMs < oldest,
      );
      // Each by itself: one that is renewed meanwhile keeps no other.
      for (const entry of [...plans, ...days]) await removeUnchanged(store, [entry]);
    },
  };
}
