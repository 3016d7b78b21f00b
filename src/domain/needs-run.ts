import type { ActualRecord } from './actual.ts';

/**
 * Whether a resource needs a run, from its status alone: kind-agnostic, pure, and so the one place that decides that a
 * settled resource, even one in `Error` or refused by a person, stays alone until something changes.
 *
 * `desiredRevision` is desired's mod revision, 0 when nothing is desired; `now` is in milliseconds since 1970.
 */
export function needsRun(
  desiredRevision: number,
  actual: ActualRecord | undefined,
  now: number,
): RunReason | undefined {
  if (actual === undefined) return desiredRevision === 0 ? undefined : 'desired-changed';
  const { settledRevision, drifted, retryAt } = actual.status;
  if (settledRevision !== desiredRevision) return 'desired-changed';
  if (drifted) return 'drifted';
  if (retryAt !== undefined && Date.parse(retryAt) <= now) return 'retry-due';
  return undefined;
}

/** Why a run was asked for; shown to people, never a basis for a decision. */
export const runReasons = [
  'desired-changed',
  'desired-deleted',
  'drifted',
  'retry-due',
  'dependency-changed',
  'thawed',
] as const;
export type RunReason = (typeof runReasons)[number];

/** Whether a reason calls for another look even when desired's revision was read before. */
export function asksForLook(reason: RunReason): boolean {
  return reason !== 'desired-changed' && reason !== 'desired-deleted';
}
