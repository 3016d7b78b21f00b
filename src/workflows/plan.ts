import type { PlanPreviewInput, PlanPreview } from '../domain/run.ts';
import { taskQueues } from '../domain/messages.ts';
import { observingActivities } from './proxies.ts';

/**
 * The same planning as `reconcile`'s, with nothing written and nothing executed: for people who want to see a plan
 * before they write desired. Follows the owner of a host-bound resource.
 */
export async function plan(input: PlanPreviewInput): Promise<PlanPreview> {
  const preview = await observingActivities(taskQueues.tools, 'preview').previewPlan(input);
  if (preview.type !== 'elsewhere') return preview;
  return observingActivities(taskQueues.host(preview.host), 'preview').previewPlan(input);
}
