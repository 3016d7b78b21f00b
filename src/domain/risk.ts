/** How much harm a step can do. A closed set with an order: safe < moderate < dangerous. */
export const RiskLevel = { safe: 'safe', moderate: 'moderate', dangerous: 'dangerous' } as const;
export type RiskLevel = (typeof RiskLevel)[keyof typeof RiskLevel];

export const riskLevels: readonly RiskLevel[] = [RiskLevel.safe, RiskLevel.moderate, RiskLevel.dangerous];

export function isRiskLevel(value: unknown): value is RiskLevel {
  return riskLevels.includes(value as RiskLevel);
}

/** The highest of the given levels; `safe` of none. Risk is only ever raised by this, never lowered. */
export function highestRisk(levels: Iterable<RiskLevel>): RiskLevel {
  let highest = 0;
  for (const level of levels) highest = Math.max(highest, riskLevels.indexOf(level));
  return riskLevels[highest]!;
}
