import { describeThrown } from '../domain/failure.ts';
import type { Keys } from '../domain/keys.ts';
import { createApprovals, type Approvals } from './approvals.ts';
import { createAuditLog, type AuditArchive, type AuditLog } from './audit-log.ts';
import { createBeliefs } from './beliefs.ts';
import { createBlobs, type Blobs } from './blobs.ts';
import { createChangeActual, type ChangeActual } from './changes.ts';
import { createLedger } from './create-ledger.ts';
import type { EtcdConnection } from './etcd-connection.ts';
import { createEtcdStore } from './etcd-store.ts';
import { createFreezes, type Freezes } from './freezes.ts';
import { createHosts, type Hosts } from './hosts.ts';
import type { Ledger } from './ledger.ts';
import { createIncidents, type Incidents } from './incidents.ts';
import { createModelPlans, type ModelPlans } from './model-plans.ts';
import { createRemovals, type Removals } from './removals.ts';
import { createResources, type Resources } from './resources.ts';
import type { StateContext } from './state-context.ts';
import type { Store } from './store.ts';

/** Everything the runtime keeps, over one store and one root. */
export interface State {
  readonly store: Store;
  readonly keys: Keys;
  readonly resources: Resources;
  readonly removals: Removals;
  readonly changeActual: ChangeActual;
  readonly ledger: Ledger;
  readonly approvals: Approvals;
  readonly audit: AuditLog;
  readonly blobs: Blobs;
  readonly freezes: Freezes;
  readonly modelPlans: ModelPlans;
  readonly incidents: Incidents;
  readonly hosts: Hosts;
  /**
   * What is kept only for a while goes: ledger entries after 7 days, approval requests 30 days after they were decided or
   * expired, audit records beyond the newest 200 of a resource. What cannot go keeps none of the others, and is thrown at
   * the end.
   */
  housekeep(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface StateOptions {
  readonly now?: () => Date;
  /** Where audit records go that leave the store; without it they all stay. */
  readonly archive?: AuditArchive;
}

const dayMs = 24 * 60 * 60 * 1_000;
const ledgerKeptMs = 7 * dayMs;
const approvalsKeptMs = 30 * dayMs;

export function createState(connection: EtcdConnection, keys: Keys, options?: StateOptions): State {
  return createStateOver(createEtcdStore(connection), keys, options);
}

export function createStateOver(
  store: Store,
  keys: Keys,
  { now = () => new Date(), archive }: StateOptions = {},
): State {
  const context: StateContext = { store, keys, now, beliefs: createBeliefs() };
  const ledger = createLedger(context);
  const approvals = createApprovals(context);
  const audit = createAuditLog(context, archive);
  return {
    store,
    keys,
    resources: createResources(context),
    removals: createRemovals(context),
    changeActual: createChangeActual(context),
    ledger,
    approvals,
    audit,
    blobs: createBlobs(context),
    freezes: createFreezes(context),
    modelPlans: createModelPlans(context),
    incidents: createIncidents(context),
    hosts: createHosts(context),
    async housekeep(signal) {
      const outcomes = await Promise.allSettled([
        ledger.removeOlderThan(ledgerKeptMs, signal),
        approvals.removeOlderThan(approvalsKeptMs, signal),
        audit.trim(signal),
      ]);
      const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
      if (errors.length > 0) throw new AggregateError(errors, errors.map(describeThrown).join('; '));
    },
    close: () => store.close(),
  };
}
