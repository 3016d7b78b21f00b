/** What an activity knows of its own call: read once from Temporal's context, so that all else stays testable. */
export interface ActivityScope {
  readonly workflowId: string;
  readonly runId: string;
  readonly attempt: number;
  /** Queue this worker took it from. */
  readonly queue: string;
  readonly signal: AbortSignal;
  heartbeat(): void;
}
