import type { Decision, ResolutionPayload } from './approval.ts';
import type { FailureCode } from './failure.ts';
import type { ResourceKey } from './identity.ts';
import type { Issue } from './issue.ts';
import type { JsonValue } from './json.ts';
import type { ModelChoice, ModelRoute } from './model-route.ts';
import type { ModelUsage } from './model-usage.ts';
import type { Refusal } from './refusal.ts';
import type { SealContent, SealedPlan } from './sealed-plan.ts';
import type { SealedStep } from './plan.ts';

/**
 * What crosses between the `reconcile` workflow and its activities: JSON-safe, and small enough for a history. Left out
 * on purpose: specs, observations and tool output over 8 KiB; they stay in etcd.
 */

/** What every activity of a run is told of it. */
export interface RunReference {
  readonly resource: ResourceKey;
  readonly firstRunId: string;
  readonly pass: number;
  /** Workflow time, milliseconds since 1970. */
  readonly now: number;
}

export interface PlanningInput extends RunReference {
  /** What failed in this run so far, oldest first. */
  readonly failures: readonly string[];
  /** Shapes of the plans that were tried in this run; none is tried again. */
  readonly triedShapes: readonly string[];
  /** A person said `retry`: a refusal and a back-off are forgotten. */
  readonly retryAsked: boolean;
  /** Digest of a model's answer to what was asked before. */
  readonly answer?: string;
}

interface PlanningBase {
  readonly format: 1;
  /** Store revision at which desired was read; only a hint above it is news. */
  readonly readRevision: number;
  /** Desired's mod revision; 0 = nothing is desired. */
  readonly desiredRevision: number;
}

export type PlanningResult =
  | (PlanningBase & { readonly type: 'plan'; readonly sealed: SealedPlan })
  /** Actual is as desired. `queue` verifies and records, unless the record says so already. */
  | (PlanningBase & { readonly type: 'nothing'; readonly queue: string; readonly recorded: boolean })
  | (PlanningBase & { readonly type: 'blocked'; readonly block: Block })
  /** Effects nobody can prove stand open; a person must say what became of them. */
  | (PlanningBase & { readonly type: 'outcome-unknown'; readonly open: readonly OpenEffect[] })
  /** No rule knows; a model is to be asked the question that is kept under this digest, by this route. */
  | (PlanningBase & { readonly type: 'ask-model' } & Question)
  /** Only that host can observe this resource. */
  | (PlanningBase & { readonly type: 'elsewhere'; readonly host: string });

export interface AskModelInput extends RunReference {
  readonly question: string;
  readonly choice: ModelChoice;
}

export interface AskedModel {
  /** Digest of the answer. */
  readonly answer: string;
  readonly usage: ModelUsage;
  /** It had been asked before, and nobody was asked again. */
  readonly reused: boolean;
  /** Who was asked, and why that one. */
  readonly choice: ModelChoice;
  /** What a person should know of the answer. */
  readonly notes: readonly string[];
  /** Digest of what was said, on the host that asked; absent where it could not be kept. */
  readonly transcript?: string;
}

/** Why a run cannot go on. */
export interface Block {
  readonly code: FailureCode;
  readonly message: string;
  /** `Kind/name` whose change may unblock it. */
  readonly waitingFor?: readonly string[];
  /** Scopes of the freezes that hold it. */
  readonly frozenBy?: readonly string[];
  /** Whether trying again later may help without anybody changing anything. */
  readonly retry: boolean;
  /** When, where that is known. ISO 8601. */
  readonly retryAt?: string;
  /** What is desired cannot be: nothing was planned. */
  readonly invalid?: boolean;
}

export interface OpenEffect {
  readonly seal: string;
  readonly step: string;
  readonly toolName: string;
}

export interface ExecuteStepInput extends RunReference {
  readonly seal: string;
  readonly content: StepContent;
  /** Absent: no person was asked. */
  readonly needsApproval?: boolean;
  readonly step: SealedStep;
  /** Results of earlier steps that this one refers to, if it does. */
  readonly results?: Readonly<Record<string, JsonValue>>;
}

/**
 * What a seal covers, without what the reference of the run and the step themselves say: every step has it in the history
 * once. The place of the step's own digest is empty. Runs of older releases send all of it.
 */
export type StepContent = Pick<
  SealContent,
  'resourceId' | 'desiredDigest' | 'deltaDigest' | 'policyDigest' | 'stepDigests' | 'expiresAt'
> &
  Partial<SealContent>;

export interface StepResult {
  readonly result: JsonValue;
  /** `done`: by this attempt; `adopted`: an earlier attempt had done it. */
  readonly outcome: 'done' | 'adopted';
}

/** In the details of a failed `executeStep`: its tool failed, and the ledger has it that nothing came of it. */
export const stepWithoutEffect = 'without effect';

/** One line of what a run did, for the record. */
export interface StepReport {
  readonly id: string;
  readonly toolName: string;
  readonly outcome: 'done' | 'adopted' | 'skipped' | 'failed';
  readonly error?: string;
}

export interface RecordInput extends RunReference {
  readonly desiredRevision: number;
  readonly seal?: string;
  readonly steps: readonly StepReport[];
}

export type RecordResult =
  | { readonly type: 'converged' }
  | { readonly type: 'gone' }
  /** Desired is another now; what was done is recorded, another pass follows. */
  | { readonly type: 'moved' }
  | { readonly type: 'not-converged'; readonly difference: string };

/** `desiredRevision` of a run that ended before it had read what is desired. */
export const unknownRevision = -1;

export interface RecordBlockedInput extends RunReference {
  /** What the run could not deal with; `unknownRevision`: what stands there by now. */
  readonly desiredRevision: number;
  readonly block: Block;
  /** Plan identity a person refused or let expire, to be remembered. */
  readonly refusal?: Refusal;
  readonly steps: readonly StepReport[];
}

export interface RecordedBlock {
  /** What could not be brought about, where a `heal` run may help. */
  readonly issue?: Issue;
}

export interface OpenRequestInput extends RunReference {
  readonly sealed: SealedPlan;
}

export interface CloseRequestInput extends RunReference {
  readonly seal: string;
  readonly outcome:
    | { readonly type: 'decided'; readonly decision: Decision }
    | { readonly type: 'expired' }
    | { readonly type: 'superseded' };
}

export interface ConfirmInput extends RunReference {
  readonly deltaDigest: string;
  readonly desiredDigest: string;
  /** What it depends on was judged by its health, and not by its record. */
  readonly isRepair?: boolean;
}

export type ResolveInput = RunReference & ResolutionPayload;

export interface MarkUnknownInput extends RunReference {
  readonly open: readonly OpenEffect[];
}

export interface MarkedUnknown {
  /** Those of them that are open still. */
  readonly open: readonly OpenEffect[];
}

/** What `plan` is asked: the plan for a resource as it stands in etcd, or as it would be with `desired`. */
export interface PlanPreviewInput {
  readonly resource: ResourceKey;
  readonly desired?: JsonValue;
  /** Preview of a delete. */
  readonly absent?: boolean;
  /** Digest of a model's answer to what was asked before. */
  readonly answer?: string;
}

export type PlanPreview =
  | {
      readonly type: 'plan';
      readonly change: SealedPlan['change'];
      readonly plan: SealedPlan['plan'];
      readonly needsApproval: boolean;
      /** Digest of the model's answer that the plan is from; absent: rules made it. */
      readonly answer?: string;
      /** How that answer came about. */
      readonly asked?: AskedModel;
    }
  | { readonly type: 'nothing' }
  | { readonly type: 'blocked'; readonly block: Block }
  | { readonly type: 'elsewhere'; readonly host: string };

/** What one look at it came to: the preview, or that a model is to be asked first. */
export type PreviewLook = PlanPreview | ({ readonly type: 'ask-model' } & Question);

/** A question for models: kept under its digest, with those to ask in order. */
export interface Question {
  /** What is asked for; a plan where it is not said. */
  readonly asks?: 'diagnosis';
  readonly question: string;
  readonly route: ModelRoute;
}
