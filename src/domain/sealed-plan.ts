import { digestOf } from './canonical.ts';
import type { ResourceKey } from './identity.ts';
import type { ModelName } from './model-route.ts';
import type { ExecutionPlan, SealedStep } from './plan.ts';

/**
 * Everything the seal covers besides the steps' own content: what an approver must be able to rely on, and what
 * `executeStep` checks before each effect. No revision of `actual` and no current run id: polling and our own steps
 * move those.
 */
export interface SealContent {
  readonly format: 1;
  readonly tenant: string;
  /** The desired key's create revision: a resource deleted and made anew is another one. */
  readonly resourceId: string;
  readonly workflowId: string;
  readonly firstRunId: string;
  readonly pass: number;
  /** Digest of the normalised desired value (spec and labels); of `null` where none is desired. */
  readonly desiredDigest: string;
  readonly deltaDigest: string;
  readonly policyDigest: string;
  /** One digest a step, in order, over the whole sealed step. */
  readonly stepDigests: readonly string[];
  /** Workflow time in milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Why a plan waits for a person, the gravest first. */
export type WaitReason = 'Dangerous' | 'MassDelete' | 'ModePropose';

/** What the planning activity returns and the interpreter walks. Recorded in the workflow's history. */
export interface SealedPlan {
  readonly format: 1;
  readonly seal: string;
  readonly content: SealContent;
  readonly resource: ResourceKey;
  /** Digest of delta, tools and policy: what a rejection is remembered by. */
  readonly identity: string;
  /** Digest of the steps' tools and parameters alone: the same plan is never tried twice in one run. */
  readonly shape: string;
  /** Revision of the desired key this plan brings about; 0 = nothing is desired. */
  readonly desiredRevision: number;
  readonly change: 'create' | 'update' | 'delete';
  readonly plan: ExecutionPlan<SealedStep>;
  /** Where verifying and recording must run. */
  readonly queue: string;
  /** The model that planned it; absent: rules did. For people, no part of the seal. */
  readonly plannedBy?: ModelName;
  /** Whether a person must say yes before any step runs. */
  readonly needsApproval: boolean;
  /**
   * The gravest reason of its gates. For people, no part of the seal; absent where nothing waits, and in histories from
   * before it was told.
   */
  readonly waitReason?: WaitReason;
}

export function sealOf(content: SealContent): string {
  return digestOf(content);
}

export function stepDigestOf(step: SealedStep): string {
  return digestOf(step);
}

/** Shorthand people read and type: the first 12 digits. Only ever compared against the seals of one resource. */
export function shortSeal(seal: string): string {
  return seal.slice(0, 12);
}
