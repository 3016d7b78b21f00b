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

/** What a tenant spent on one day, UTC; in all, and by agents. */
export interface DayUsage {
  readonly total: ModelUsage;
  readonly agents: Readonly<Record<string, ModelUsage>>;
}

export interface TenantUsage extends DayUsage {
  readonly tenant: string;
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
