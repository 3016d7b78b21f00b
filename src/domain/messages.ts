import { isJsonObject, type JsonValue } from './json.ts';
import { runReasons, type RunReason } from './needs-run.ts';
import type { ResourceKey } from './identity.ts';
import type { IssueMessage } from './issue.ts';
import type { ModelProvider } from './model-route.ts';
import type { StepReport } from './run.ts';
import type { SealedPlan } from './sealed-plan.ts';

/** Names of everything that can be sent to a `reconcile` run. Checks from outside rely on them. */
export const signalNames = {
  changed: 'changed',
  approve: 'approve',
  reject: 'reject',
  resolve: 'resolve',
  retry: 'retry',
  issue: 'issue',
} as const;
export const updateNames = { decide: 'decide' } as const;
export const queryNames = { plan: 'plan', progress: 'progress', status: 'status' } as const;
export const workflowTypes = { reconcile: 'reconcile', heal: 'heal', plan: 'plan', sweep: 'sweep' } as const;

/** Task queues. A host's queue is for steps only the owner of a local process can do. */
export const taskQueues = {
  main: 'homeostat',
  tools: 'homeostat-tools',
  host: (host: string) => `homeostat-host-${host}`,
  llm: (provider: ModelProvider) => `homeostat-llm-${provider}`,
} as const;

export const searchAttributeNames = {
  tenant: 'HomeostatTenant',
  kind: 'HomeostatKind',
  phase: 'HomeostatPhase',
  waitingFor: 'HomeostatWaitingFor',
} as const;

/** A search attribute as the SDK takes it; without a value it is taken away. */
export function toSearchAttribute<Value extends string | null>(field: keyof typeof searchAttributeNames, value: Value) {
  return { key: { name: searchAttributeNames[field], type: 'KEYWORD' as const }, value };
}

/** What the runs of a resource, and those that treat its faults, are found by from their start. */
export function toSearchAttributes({ tenant, kind }: ResourceKey) {
  return [toSearchAttribute('tenant', tenant), toSearchAttribute('kind', kind), toSearchAttribute('phase', 'running')];
}

/** Payload of the signal `changed`: where to look, never what is there. */
export interface Hint {
  /** Desired's mod revision that the sender saw, or a delete's own revision; 0 when desired is not what changed. */
  readonly desiredRevision: number;
  readonly reason: RunReason;
  /** Host that owned the real thing when the sender looked. */
  readonly owner?: string;
}

/** A hint that came from outside; nothing when it is none. Of another release it may carry more than we know. */
export function readHint(value: unknown): Hint | undefined {
  if (!isJsonObject(value)) return undefined;
  const { desiredRevision, reason, owner } = value;
  const isHint =
    Number.isSafeInteger(desiredRevision) &&
    (desiredRevision as number) >= 0 &&
    runReasons.some((known) => known === reason) &&
    (owner === undefined || typeof owner === 'string');
  return isHint ? (value as unknown as Hint) : undefined;
}

/** What a `reconcile` run is started with. */
export interface ReconcileInput {
  readonly resource: ResourceKey;
  /** Whether the namespace knows our search attributes. */
  readonly searchAttributes: boolean;
  /** Set by continue-as-new alone. */
  readonly carried?: CarriedRun;
}

/** What survives a continue-as-new. */
export interface CarriedRun {
  readonly pass: number;
  readonly hint: Hint;
  readonly retryAsked: boolean;
  /** Something was said since the pass began that asks for another look when it is over. */
  readonly noted?: boolean;
  readonly failures: readonly string[];
  readonly triedShapes: readonly string[];
  /** Issues that were reported and not yet dealt with. */
  readonly issues?: readonly IssueMessage[];
  /** The sealed plan that was being waited for, with the store revision it was made at. */
  readonly gate?: { readonly sealed: SealedPlan; readonly readRevision: number };
  /** The plan in whose middle people were asked what became of an effect. */
  readonly interrupted?: InterruptedPlan;
  /** Desired revision the failures belong to. */
  readonly failedRevision: number;
}

/** A plan that stopped at a step whose effect nobody can prove: what it takes to go on from there. */
export interface InterruptedPlan {
  readonly sealed: SealedPlan;
  readonly readRevision: number;
  /** Which of its steps, counted from 0. */
  readonly place: number;
  /** Results of the steps before it. */
  readonly results: Readonly<Record<string, JsonValue>>;
  readonly reports: readonly StepReport[];
  /** What differed when it stopped; null where nobody could look. */
  readonly deltaDigest: string | null;
}

/** What a `reconcile` run returns: one convergence, in a line. */
export interface ReconcileResult {
  readonly outcome: 'converged' | 'gone' | 'blocked';
  readonly message: string;
  readonly passes: number;
}
