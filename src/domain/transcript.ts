import type { ResourceKey } from './identity.ts';
import type { ModelChoice } from './model-route.ts';
import type { ModelUsage } from './model-usage.ts';

/** One conversation with one model, as it was, secrets left out. */
export interface Transcript {
  readonly format: 1;
  readonly resource: ResourceKey;
  readonly agent: string;
  readonly workflowId: string;
  readonly runId: string;
  /** ISO 8601. */
  readonly at: string;
  readonly choice: ModelChoice;
  readonly system: string;
  readonly messages: readonly { readonly role: 'user' | 'assistant'; readonly content: string }[];
  /** How it ended: `planned`, or the error in its words. */
  readonly outcome: string;
  readonly notes: readonly string[];
  readonly usage: ModelUsage;
}
