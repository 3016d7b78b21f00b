import { expect, test } from 'vitest';
import { costOf } from '../../../src/llm/cost.ts';

const usage = { inputTokens: 1_000_000, outputTokens: 100_000, cachedTokens: 400_000 };

test('cached tokens cost their own price, or that of other input', () => {
  expect(costOf(usage, { input: 2, output: 10, cached: 0.1 })).toBeCloseTo(1.2 + 0.04 + 1);
  expect(costOf(usage, { input: 2, output: 10 })).toBeCloseTo(3);
});
