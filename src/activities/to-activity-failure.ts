import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import { cutToLength } from '../domain/cut-to-length.ts';
import { describeThrown, escapeControls, toCodedErrors, type FailureCode } from '../domain/failure.ts';
import { redactSecrets } from '../domain/secret-patterns.ts';
import { ProviderError } from '../llm/provider-errors.ts';
import { stepWithoutEffect } from '../domain/run.ts';
import type { ActivityScope } from './activity-scope.ts';
import { waitedFor } from './authors-error.ts';
import { isWithoutEffect } from './without-effect.ts';

/** Who is asked to wait longer by a provider had better ask another one. */
const longestRetryDelayMs = 60_000;

export interface FailureRules {
  readonly maximumAttempts: number;
  /** The code of an error that has none. */
  readonly uncoded: FailureCode;
}

/**
 * The one place where anything thrown in an activity becomes a Temporal failure: its type is the code, and whether it is
 * worth another try is decided here. What looks like a secret stays here. Anything without a code is tried a few times.
 */
export function toActivityFailure(
  error: unknown,
  { signal, attempt }: Pick<ActivityScope, 'signal' | 'attempt'>,
  { maximumAttempts, uncoded }: FailureRules,
): Error {
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error;
  const coded = toCodedErrors(error);
  const [first] = coded;
  if (first === undefined && signal.aborted) return new CancelledFailure(redactSecrets(describeThrown(error)));
  const type: FailureCode = first?.code ?? uncoded;
  const message =
    first === undefined ? `${type} $: ${describeThrown(error)}` : coded.map((one) => one.message).join('; ');
  const retryable = first?.retryable ?? true;
  const nextRetryDelay = error instanceof ProviderError ? error.retryAfterMs : undefined;
  const isTooLong = nextRetryDelay !== undefined && nextRetryDelay > longestRetryDelayMs;
  const exhausted = (attempt >= maximumAttempts && !waitedFor.has(type)) || isTooLong;
  return ApplicationFailure.create({
    type,
    message: escapeControls(cutToLength(redactSecrets(message), 2_000)),
    nonRetryable: !retryable || exhausted,
    ...(isWithoutEffect(error) ? { details: [stepWithoutEffect] } : {}),
    ...(nextRetryDelay === undefined ? {} : { nextRetryDelay }),
  });
}
