/** On whose behalf something is written: what an audit record says of its origin. */
export interface AuditScope {
  readonly workflowId: string;
  readonly runId: string;
  /** When the activity that writes was scheduled, by Temporal's clock: what began after it is not what it speaks of. */
  readonly scheduledAt?: number;
  /** Ends waiting for a store that is away. */
  readonly signal?: AbortSignal;
}
