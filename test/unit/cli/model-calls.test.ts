import { expect, test } from 'vitest';
import { chooseCall, type RecordedCall } from '../../../src/cli/model-calls.ts';

const key = { tenant: 'default', kind: 'Box', name: 'a' };
const call = (number: number, calls: number): RecordedCall => ({
  call: number,
  at: '2030-01-01T00:00:00.000Z',
  provider: 'ollama',
  model: 'm',
  complexity: 'low',
  reason: 'simple change: low',
  calls,
  inputTokens: calls,
  outputTokens: calls,
  cachedTokens: 0,
  costMicros: 0,
  notes: [],
});

test('the newest exchange is the newest in which something was said; another is found by its number', () => {
  const calls = [call(3, 1), call(5, 2), call(8, 0)];
  expect(chooseCall(key, calls, {}).call).toBe(5);
  expect(chooseCall(key, calls, { call: 8 }).call).toBe(8);
  expect(chooseCall(key, [call(8, 0)], {}).call).toBe(8);
  expect(() => chooseCall(key, calls, { call: 4 })).toThrow('there is 3, 5, 8');
});
