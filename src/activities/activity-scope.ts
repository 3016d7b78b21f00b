/** What an activity knows of its own call: read once from Temporal's context, so that all else stays testable. */
export interface ActivityScope {
  readonly workflowId: string;
  readonly runId: string;
  /** When the activity was scheduled, the same for all its attempts: milliseconds by Temporal's clock. */
  readonly scheduledAt: number;
  /** 1, 2, … of this activity. */
  readonly attempt: number;
  /** Queue this worker took it from. */
  readonly queue: string;
  readonly signal: AbortSignal;
  heartbeat(): void;
}
