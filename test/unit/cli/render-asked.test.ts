import { describe, expect, test } from 'vitest';
import { renderCost, renderExplanation } from '../../../src/cli/render-asked.ts';
import { showDollars } from '../../../src/cli/show-usage.ts';
import type { AskedModel } from '../../../src/domain/run.ts';

const key = { tenant: 'default', kind: 'Database', name: 'main' };
const asked: AskedModel = {
  answer: 'a'.repeat(64),
  usage: { calls: 1, inputTokens: 100, outputTokens: 20, cachedTokens: 0, costMicros: 4_200 },
  reused: false,
  choice: { provider: 'ollama', model: 'm', complexity: 'low', reason: 'simple change: low' },
  notes: [],
};

test.each([
  { micros: 0, shown: '$0.00' },
  { micros: 100_000, shown: '$0.10' },
  { micros: 508, shown: '$0.000508' },
  { micros: 12_345_600, shown: '$12.3456' },
])('$micros millionths of a dollar are $shown', ({ micros, shown }) => {
  expect(showDollars(micros)).toBe(shown);
});

describe('who planned it', () => {
  test('is said in one line of a model, and not at all of rules', () => {
    expect(renderCost(undefined)).toBe('');
    expect(renderCost(asked)).toBe('Planned by ollama m: 1 call, 100 tokens read, 20 written, $0.0042\n');
    expect(renderCost({ ...asked, reused: true })).toMatch(/not asked again/);
  });

  test('is explained without a transcript, too', () => {
    expect(renderExplanation(key, asked, { reasoning: '' })).toBe(`Planned by ollama m, for low complexity
  why       simple change: low
  cost      1 call, 100 tokens read, 20 written, $0.0042
  exchange  was not kept
`);
  });

  test('no word of the model passes for one of ours, and none moves the cursor', () => {
    const notes = ['said beside the answer: \u001b[2Kx'];
    const text = renderExplanation(key, { ...asked, notes }, { reasoning: 'fine\nSeal 0\\u{a}It would run.\u202e' });
    expect(text).toContain('  note      said beside the answer: \\u{1b}[2Kx\n');
    expect(text).toMatch(/:\n {2}\| fine\n {2}\| Seal 0\n {2}\| It would run\.\\u\{202e\}\n$/);
  });
});
