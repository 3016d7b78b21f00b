import { expect, test } from 'vitest';
import { AnswerCollector } from '../../../src/llm/answer-collector.ts';

test.each([
  { told: { inputTokens: 9, outputTokens: 3, cachedTokens: 4 }, counted: [9, 3, 4], what: 'what can be true' },
  { told: { inputTokens: 9, outputTokens: 3, cachedTokens: 40 }, counted: [9, 3, 9], what: 'no more cached than read' },
  { told: { inputTokens: undefined, outputTokens: null, cachedTokens: 4 }, counted: [0, 0, 0], what: 'nothing untold' },
  {
    told: { inputTokens: Number.NaN, outputTokens: -3, cachedTokens: -4 },
    counted: [0, 0, 0],
    what: 'nothing negative',
  },
  { told: { inputTokens: '9', outputTokens: 1e300, cachedTokens: 0.5 }, counted: [0, 0, 0], what: 'no nonsense' },
])(
  'of what a provider says it counted $what counts',
  ({ told, counted: [inputTokens, outputTokens, cachedTokens] }) => {
    const collector = new AnswerCollector('m');
    collector.usage = told as AnswerCollector['usage'];
    collector.finish('stop');
    expect(collector.toRawAnswer().usage).toEqual({ inputTokens, outputTokens, cachedTokens });
  },
);
