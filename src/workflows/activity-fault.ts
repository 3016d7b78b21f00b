import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import { stepWithoutEffect } from '../domain/run.ts';
import { describeThrown, isFailureCode, type FailureCode } from '../domain/failure.ts';

/** Why an activity failed for good, as data to decide on. */
export interface ActivityFault {
  readonly code: FailureCode;
  readonly message: string;
  /** Of a step: its tool failed, and nothing came of it. */
  readonly isWithoutEffect?: boolean;
}

/** The one place where a failed activity becomes a decision's input. A cancellation is passed on, never a fault. */
export function toActivityFault(error: unknown): ActivityFault {
  if (isCancellation(error)) throw error;
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof TimeoutFailure) {
    return cause.timeoutType === 'SCHEDULE_TO_START'
      ? { code: 'HOST_UNREACHABLE', message: 'HOST_UNREACHABLE: the host that owns it did not take the work' }
      : { code: 'STEP_TIMED_OUT', message: `STEP_TIMED_OUT: ${cause.message}` };
  }
  const message = describeThrown(cause);
  if (cause instanceof ApplicationFailure && isFailureCode(cause.type)) {
    const isWithoutEffect = cause.details?.includes(stepWithoutEffect) === true;
    return { code: cause.type, message, isWithoutEffect };
  }
  return { code: 'RUNTIME_FAULT', message: `RUNTIME_FAULT $: ${message}` };
}
