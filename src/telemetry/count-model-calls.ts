import type { ModelChoice } from '../domain/model-route.ts';
import type { ModelUsage } from '../domain/model-usage.ts';
import type { Metrics } from './metrics.ts';

/** What one call cost, if anything was answered. */
export type CallCost = Omit<ModelUsage, 'calls'>;

/** Counts a call of a model; `outcome` is `answered` or the failure's code. */
export function countModelCall(
  { modelCalls, modelTokens, modelCost }: Metrics,
  { provider, model }: ModelChoice,
  outcome: string,
  cost?: CallCost,
): void {
  modelCalls.inc({ provider, model, outcome });
  if (cost === undefined) return;
  modelTokens.inc({ provider, model, type: 'input' }, cost.inputTokens - cost.cachedTokens);
  modelTokens.inc({ provider, model, type: 'cached' }, cost.cachedTokens);
  modelTokens.inc({ provider, model, type: 'output' }, cost.outputTokens);
  modelCost.inc({ provider, model }, cost.costMicros / 1e6);
}
