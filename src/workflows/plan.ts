import type { PlanPreview, PlanPreviewInput, PreviewLook } from '../domain/run.ts';
import { taskQueues } from '../domain/messages.ts';
import { askModels } from './ask-model.ts';
import { observingActivities } from './proxies.ts';

/**
 * The same planning as `reconcile`'s, with nothing written to the resource and nothing executed: for people who want to
 * see a plan before they write desired. Follows the owner of a host-bound resource; asks a model where a run would.
 */
export async function plan(input: PlanPreviewInput): Promise<PlanPreview> {
  const preview = await previewOnOwner(input);
  if (preview.type !== 'ask-model') return preview;
  const asked = await askModels({ resource: input.resource, firstRunId: '', pass: 0, now: Date.now() }, preview);
  if (asked.type === 'failed') return { type: 'blocked', block: asked.block };
  const planned = await previewOnOwner({ ...input, answer: asked.answer.answer });
  // The world may have moved back to what rules know: then the plan is theirs.
  if (planned.type === 'plan' && planned.answer !== undefined) return { ...planned, asked: asked.answer };
  if (planned.type !== 'ask-model') return planned;
  const message = 'it changed while a model planned for it';
  return { type: 'blocked', block: { code: 'PLANNING_FAILED', message, retry: true } };
}

async function previewOnOwner(input: PlanPreviewInput): Promise<PreviewLook> {
  const preview = await observingActivities(taskQueues.tools, 'preview').previewPlan(input);
  if (preview.type !== 'elsewhere') return preview;
  return observingActivities(taskQueues.host(preview.host), 'preview').previewPlan(input);
}
