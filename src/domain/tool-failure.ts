import type { FailureCode } from './failure.ts';

/** What says that the plan, the run or a server is at fault, or that nobody knows what became of the effect. */
const notOfTheTool: ReadonlySet<FailureCode> = new Set([
  'PLAN_STALE',
  'PLAN_INVALID',
  'GRANT_REFUSED',
  'EFFECT_FENCED',
  'EFFECT_IN_PROGRESS',
  'OUTCOME_UNKNOWN',
  'HOST_UNREACHABLE',
  'RUNTIME_FAULT',
  'STORE_UNAVAILABLE',
  'STORE_CONFLICT',
  'STORE_FULL',
  'TEMPORAL_UNAVAILABLE',
]);

/** Whether a step failed by its tool, and without an effect: then a plan may go on without it, where its tool says so. */
export function isToolFailure(code: FailureCode): boolean {
  return !notOfTheTool.has(code);
}
