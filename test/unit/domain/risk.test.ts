import fc from 'fast-check';
import { expect, test } from 'vitest';
import { highestRisk, isRiskLevel, riskLevels } from '../../../src/domain/risk.ts';

test('safe < moderate < dangerous, and there are no others', () => {
  expect(riskLevels).toEqual(['safe', 'moderate', 'dangerous']);
  for (const value of ['Safe', 'medium-ish', '', 'constructor', undefined, null, 1])
    expect(isRiskLevel(value)).toBe(false);
});

test('the highest of any levels is one of them, and none of them is above it', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...riskLevels), { minLength: 1 }), (levels) => {
      const highest = highestRisk(levels);
      expect(levels).toContain(highest);
      for (const level of levels) expect(riskLevels.indexOf(level)).toBeLessThanOrEqual(riskLevels.indexOf(highest));
    }),
  );
});

test('the highest of none is safe', () => {
  expect(highestRisk([])).toBe('safe');
});
