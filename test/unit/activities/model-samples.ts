import type { PlanQuestion } from '../../../src/domain/plan-question.ts';
import { box } from './activity-bench.ts';

/** A question about a box that is too small, as rules ask it that do not know what to do. */
export const question: PlanQuestion = {
  format: 1,
  resource: box,
  agent: 'boxes',
  delta: { type: 'update', changes: [{ path: 'size', wanted: 2, observed: 1 }] },
  policy: 'p',
  failures: [],
};

/** What a model may well say to it. */
export const goodAnswer = {
  value: {
    reasoning: 'it must be bigger',
    steps: [{ toolName: 'make_box', parameters: { size: 2 }, description: 'bigger', riskLevel: 'moderate' }],
  },
};
