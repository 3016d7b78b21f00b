import type { ModelUsage } from '../domain/model-usage.ts';

/** `2 calls, 240 tokens read, 80 written, $0.0042`. */
export function showUsage({ calls, inputTokens, outputTokens, cachedTokens, costMicros }: ModelUsage): string {
  const cached = cachedTokens === 0 ? '' : ` (${cachedTokens} of them cached)`;
  const count = calls === 1 ? '1 call' : `${calls} calls`;
  return `${count}, ${inputTokens} tokens read${cached}, ${outputTokens} written, ${showDollars(costMicros)}`;
}

/** Two digits after the point at least, and no zeros after the last one that counts: `$0.10`, `$0.000213`. */
export function showDollars(micros: number): string {
  return `$${(micros / 1e6).toFixed(6).replace(/0{1,4}$/, '')}`;
}
