/** What answers cost. */
export interface ModelUsage {
  readonly calls: number;
  /** All tokens read, cached ones included. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
  /** Millionths of a dollar, by the configured prices. */
  readonly costMicros: number;
}

export const noUsage: ModelUsage = { calls: 0, inputTokens: 0, outputTokens: 0, cachedTokens: 0, costMicros: 0 };

export function addUsage(left: ModelUsage, right: ModelUsage): ModelUsage {
  const sum = (field: keyof ModelUsage) => left[field] + right[field];
  return {
    calls: sum('calls'),
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
    cachedTokens: sum('cachedTokens'),
    costMicros: sum('costMicros'),
  };
}
