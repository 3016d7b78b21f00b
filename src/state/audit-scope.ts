/** On whose behalf something is written: what an audit record says of its origin. */
export interface AuditScope {
  readonly workflowId: string;
  readonly runId: string;
  /** Ends waiting for a store that is away. */
  readonly signal?: AbortSignal;
}
