import { describeThrown, HomeostatError, toCodedErrors, type FailureCode } from '../domain/failure.ts';

/** Faults of the servers or of timing: tried again for as long as they last, nobody is asked to do anything. */
export const waitedFor: ReadonlySet<FailureCode> = new Set([
  'STORE_UNAVAILABLE',
  'STORE_CONFLICT',
  'STORE_FULL',
  'EFFECT_IN_PROGRESS',
]);

/**
 * What an author's code threw, as a failure of its own, `code`, where it has one of the codes by which the runtime speaks
 * of itself: its own store is not away because somebody else's is, and would be waited for without end.
 */
export function toAuthorsError(
  error: unknown,
  code: FailureCode,
  reserved: ReadonlySet<FailureCode> = waitedFor,
): unknown {
  if (!toCodedErrors(error).some((one) => reserved.has(one.code))) return error;
  return new HomeostatError(code, { problem: describeThrown(error), cause: error });
}
