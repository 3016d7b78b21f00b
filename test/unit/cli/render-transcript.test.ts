import { expect, test } from 'vitest';
import type { RecordedCall } from '../../../src/cli/model-calls.ts';
import { renderCalls } from '../../../src/cli/render-transcript.ts';

const call: RecordedCall = {
  call: 1,
  at: '2030-01-01T00:00:00.000Z',
  provider: 'ollama',
  model: 'm',
  complexity: 'high',
  reason: 'diagnosis for healing: high',
  calls: 1,
  inputTokens: 1,
  outputTokens: 1,
  cachedTokens: 0,
  costMicros: 0,
  notes: [],
};

test('a list of calls says what came of each: a plan, a diagnosis, or why nothing', () => {
  const text = renderCalls([call, { ...call, call: 2, asks: 'diagnosis' }, { ...call, call: 3, error: 'no answer' }]);
  const outcomes = text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/).at(-1));
  expect(outcomes).toEqual(['OUTCOME', 'planned', 'diagnosed', 'no answer']);
});
