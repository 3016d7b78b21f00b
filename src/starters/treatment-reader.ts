import type { Client } from '@temporalio/client';
import type { HealResult } from '../domain/heal.ts';
import { toHealWorkflowId, type ResourceKey } from '../domain/identity.ts';
import { isRunGone, toTemporalFault } from './temporal-faults.ts';
import { messageTimeoutMs, withDeadline } from './with-deadline.ts';

/** What became of runs that treat faults: a fault that is left alone leaves no incident behind. */
export interface TreatmentReader {
  /**
   * The newest run that treats or treated this type of fault; undefined where Temporal knows of none. Throws
   * `TEMPORAL_UNAVAILABLE`.
   */
  newest(resource: ResourceKey, type: string): Promise<Treatment | undefined>;
}

export interface Treatment {
  readonly runId: string;
  /** What it returned, once it has ended, unless it was cancelled or failed. */
  readonly result?: HealResult;
}

export function createTreatmentReader(client: Client): TreatmentReader {
  return {
    async newest(resource, type) {
      const workflowId = toHealWorkflowId(resource, type);
      try {
        return await withDeadline(client, messageTimeoutMs, async () => {
          const { runId, status } = await client.workflow.getHandle(workflowId).describe();
          if (status.name !== 'COMPLETED') return { runId };
          const result: HealResult = await client.workflow.getHandle(workflowId, runId).result();
          return { runId, result };
        });
      } catch (error) {
        if (isRunGone(error)) return undefined;
        throw toTemporalFault(error, workflowId);
      }
    },
  };
}
