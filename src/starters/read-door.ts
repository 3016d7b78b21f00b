import type { ApprovalRequest } from '../domain/approval.ts';
import type { AuditRecord } from '../domain/audit.ts';
import type { ResourceKey } from '../domain/identity.ts';
import type { LedgerEntry } from '../domain/ledger.ts';
import type { TenantUsage } from '../domain/model-usage.ts';
import type { PublishedAgent } from '../domain/published.ts';
import type { State } from '../state/state.ts';
import { createIncidentReader, type IncidentReader } from './incident-reader.ts';
import { findKnown, getKnown } from './known-resource.ts';
import { createPublishedRegistry } from './published-registry.ts';
import { toShownResource, type ShownResource } from './shown-resource.ts';

export interface Sighting {
  readonly resource: ShownResource;
  /** Whether its status is younger than its newest version, as far as one is desired; else it speaks of an older one. */
  readonly isUpToDate: boolean;
}

/** All that can be looked at, read from the store alone: nothing here needs a runtime. */
export interface ReadDoor {
  list(tenant?: string, kind?: string): Promise<readonly ShownResource[]>;
  find(resource: ResourceKey): Promise<ShownResource | undefined>;
  /** Like `find`, with how old its status is. */
  sight(resource: ResourceKey): Promise<Sighting | undefined>;
  /** Like `find`, but throws `NOT_FOUND`. */
  get(resource: ResourceKey): Promise<ShownResource>;
  /** Whether one of the pauses that a resource was last found under stands still. */
  isHeld(resource: ShownResource): Promise<boolean>;
  /** Keys below `desired/` that name no resource, and so start nothing. */
  malformedKeys(): Promise<readonly string[]>;
  /** Names of the kinds there are. */
  kinds(): Promise<readonly string[]>;
  agents(): Promise<readonly PublishedAgent[]>;
  approvals(tenant?: string, state?: ApprovalRequest['state']): Promise<readonly ApprovalRequest[]>;
  /** Effects of the resource in the order in which they were begun. */
  effects(resource: ResourceKey): Promise<readonly LedgerEntry[]>;
  /** Oldest first. */
  audit(resource: ResourceKey): Promise<readonly AuditRecord[]>;
  /** The first fault in the audit chain, or undefined when it is whole. */
  verifyAudit(resource: ResourceKey): Promise<string | undefined>;
  /** What tenants have spent on models since midnight, UTC; of all tenants when none is named. */
  spentToday(tenant?: string): Promise<readonly TenantUsage[]>;
  readonly incidents: IncidentReader;
}

export function createReadDoor(state: State): ReadDoor {
  const { store, keys, resources, approvals, audit, ledger, modelPlans, freezes } = state;
  const registry = createPublishedRegistry(store, keys);
  const sight = async (resource: ResourceKey): Promise<Sighting | undefined> => {
    const snapshot = await findKnown(resources, resource);
    if (snapshot === undefined) return undefined;
    const { desired, actual } = snapshot;
    const isUpToDate = (actual?.modRevision ?? 0) > (desired?.modRevision ?? 0);
    return { resource: toShownResource(snapshot), isUpToDate };
  };
  return {
    list: async (tenant, kind) => (await resources.list(tenant, kind)).map(toShownResource),
    find: async (resource) => (await sight(resource))?.resource,
    sight,
    get: async (resource) => toShownResource(await getKnown(resources, resource)),
    isHeld: async ({ status }) => (await freezes.find(status.frozenBy ?? [])).length > 0,
    malformedKeys: () => resources.listMalformed(),
    kinds: async () => [...(await registry.kinds()).keys()].toSorted(),
    agents: () => registry.agents(),
    approvals: (tenant, state) => approvals.list(tenant, state),
    async effects(resource) {
      const entries = (await ledger.list(resource)).map(({ entry }) => entry);
      return entries.toSorted((left, right) => (left.startedAt < right.startedAt ? -1 : 1));
    },
    audit: (resource) => audit.list(resource),
    verifyAudit: (resource) => audit.verify(resource),
    async spentToday(tenant) {
      const spent = await modelPlans.listSpentToday();
      return tenant === undefined ? spent : spent.filter((one) => one.tenant === tenant);
    },
    incidents: createIncidentReader(state),
  };
}
