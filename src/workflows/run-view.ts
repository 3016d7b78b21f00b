import type { FailureCode } from '../domain/failure.ts';
import type { Diagnosis, EvidenceItem } from '../domain/heal.ts';
import type { IncidentAttempt } from '../domain/incident.ts';
import type { SealedPlan } from '../domain/sealed-plan.ts';
import type { OpenEffect, StepReport } from '../domain/run.ts';
import type { ResourceKey } from '../domain/identity.ts';

export type RunPhase =
  'gathering' | 'planning' | 'waiting' | 'executing' | 'proving' | 'healing' | 'recording' | 'ended';

/** What the query `progress` answers. */
export interface RunProgress {
  readonly phase: RunPhase;
  readonly pass: number;
  readonly steps: readonly (
    StepReport | { readonly id: string; readonly toolName: string; readonly outcome: 'pending' | 'running' }
  )[];
}

/** What the query `status` answers. */
export interface RunStatus {
  readonly resource: ResourceKey;
  readonly phase: RunPhase;
  readonly waitingFor?: 'approval' | 'resolution';
  /** Seal to decide on, while an approval is waited for. */
  readonly seal?: string;
  readonly expiresAt?: string;
  readonly open?: readonly OpenEffect[];
  readonly failures: readonly string[];
  /** Messages that were refused, newest last, at most twenty. */
  readonly refusedMessages: readonly RefusedMessage[];
}

export interface RefusedMessage {
  readonly message: string;
  readonly code: FailureCode;
  readonly text: string;
}

/** All that a run shows of itself; changed by the run alone, read by queries and by the details in the Temporal UI. */
export interface RunView {
  readonly resource: ResourceKey;
  phase: RunPhase;
  pass: number;
  sealed: SealedPlan | undefined;
  reports: StepReport[];
  running: string | undefined;
  waitingFor: 'approval' | 'resolution' | undefined;
  open: readonly OpenEffect[];
  failures: readonly string[];
  outcome: string | undefined;
  /** Of a `heal` run: what it treats. */
  incident: IncidentView | undefined;
  /** Of a `reconcile` run: the `heal` run it waits for. */
  healing: string | undefined;
}

/** What a `heal` run shows besides its plan. */
export interface IncidentView {
  readonly type: string;
  readonly severity: string;
  evidence: readonly EvidenceItem[];
  /** What is taken for the cause now. */
  diagnosis?: Diagnosis;
  attempts: readonly IncidentAttempt[];
}

export function createRunView(resource: ResourceKey): RunView {
  return {
    resource,
    phase: 'planning',
    pass: 0,
    sealed: undefined,
    reports: [],
    running: undefined,
    waitingFor: undefined,
    open: [],
    failures: [],
    outcome: undefined,
    incident: undefined,
    healing: undefined,
  };
}

export function toProgress(view: RunView): RunProgress {
  const steps = (view.sealed?.plan.steps ?? []).map(({ id, toolName }) => {
    const report = view.reports.find((candidate) => candidate.id === id);
    return report ?? { id, toolName, outcome: view.running === id ? ('running' as const) : ('pending' as const) };
  });
  return { phase: view.phase, pass: view.pass, steps };
}

export function toStatus(view: RunView, refusedMessages: readonly RefusedMessage[]): RunStatus {
  const approval = view.waitingFor === 'approval' ? view.sealed : undefined;
  return {
    resource: view.resource,
    phase: view.phase,
    ...(view.waitingFor === undefined ? {} : { waitingFor: view.waitingFor }),
    ...(approval === undefined
      ? {}
      : { seal: approval.seal, expiresAt: new Date(approval.content.expiresAt).toISOString() }),
    ...(view.open.length === 0 ? {} : { open: view.open }),
    failures: view.failures,
    refusedMessages,
  };
}
