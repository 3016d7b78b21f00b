import type { ModelChoice } from '../domain/model-route.ts';
import type { Metrics } from './metrics.ts';

/** What a call cost, if anything was answered. */
export interface CallCost {
  /** All tokens read, cached ones included. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
  /** Millionths of a dollar. */
  readonly costMicros: number;
}

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
