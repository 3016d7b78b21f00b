import type { Decision, DecisionPayload, ResolutionPayload } from '../domain/approval.ts';
import type { ResourceKey } from '../domain/identity.ts';
import type { PlanPreview, PlanPreviewInput } from '../domain/run.ts';

/**
 * What people can say to runs. Behind it stands Temporal; all of it throws `HomeostatError`s: what a run refused keeps
 * its code, `TEMPORAL_UNAVAILABLE` when nobody answered in time.
 */
export interface RunMessages {
  /** Answers when the decision is on record; undefined when the run has ended. */
  decide(workflowId: string, payload: DecisionPayload): Promise<Decision | undefined>;
  /** Leaves a decision for when a runtime is there; whether a run was there to hear it. It is judged only then. */
  leaveDecision(workflowId: string, payload: DecisionPayload): Promise<boolean>;
  /** Whether a run was there to hear it. */
  resolve(workflowId: string, payload: ResolutionPayload): Promise<boolean>;
  /** Starts a run of the resource unless one is open, and makes it forget refusals and back-off. */
  retry(resource: ResourceKey): Promise<void>;
  /**
   * The plan as it would be made now; nothing is done, nor written but what asking a model leaves. The signal ends the
   * waiting; `WAIT_TIMED_OUT` where a runtime is at it for longer than it may be.
   */
  previewPlan(input: PlanPreviewInput, signal: AbortSignal): Promise<PlanPreview>;
  /** Whether somebody takes runs; one that was killed counts for a minute and a half more. */
  hasWorker(): Promise<boolean>;
}
