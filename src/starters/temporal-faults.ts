import { status } from '@grpc/grpc-js';
import {
  isGrpcServiceError,
  ServiceError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { causeOf, describeThrown, HomeostatError, isFailureCode } from '../domain/failure.ts';

/** Whether there is no such run, or it has ended. */
export function isRunGone(error: unknown): boolean {
  return error instanceof WorkflowNotFoundError;
}

const awayStatuses = new Set([status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.RESOURCE_EXHAUSTED, status.UNKNOWN]);

/** Whether Temporal itself did not answer, as one that is started again: it may answer later. */
export function isAway(error: unknown): boolean {
  const code = statusOf(error);
  return code !== undefined && awayStatuses.has(code);
}

/** Whether a run that was waited for came to the end of its time. */
export function hasTimedOut(error: unknown): boolean {
  return error instanceof WorkflowFailedError && error.cause instanceof TimeoutFailure;
}

/**
 * The one place where what the Temporal client throws becomes one of ours: what a run refused keeps its code, a call
 * that nobody answered is `TEMPORAL_UNAVAILABLE`.
 */
export function toTemporalFault(error: unknown, what: string): HomeostatError {
  if (error instanceof HomeostatError) return error;
  const application = findApplicationFailure(error);
  if (application !== undefined) return fromApplicationFailure(application, what);
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isTimeout(error)) {
    return new HomeostatError('TEMPORAL_UNAVAILABLE', {
      path: what,
      problem: 'no runtime answered in time',
      remedy: 'is one running? look with: homeostat doctor',
      cause: error,
    });
  }
  const isOfServer = error instanceof ServiceError || isGrpcServiceError(error);
  return new HomeostatError(isOfServer ? 'TEMPORAL_UNAVAILABLE' : 'RUNTIME_FAULT', {
    path: what,
    problem: describeThrown(causeOf(error)),
    remedy: 'look with: homeostat doctor',
    cause: error,
  });
}

function findApplicationFailure(error: unknown): ApplicationFailure | undefined {
  const isWrapper = error instanceof WorkflowFailedError || error instanceof WorkflowUpdateFailedError;
  let cause: unknown = isWrapper ? error.cause : error;
  // An activity's failure stands below the activity's own.
  while (cause instanceof Error && !(cause instanceof ApplicationFailure)) cause = cause.cause;
  return cause instanceof ApplicationFailure ? cause : undefined;
}

function isTimeout(error: unknown): boolean {
  if (error instanceof WorkflowFailedError) {
    return hasTimedOut(error) || error.cause instanceof TerminatedFailure || error.cause instanceof CancelledFailure;
  }
  return statusOf(error) === status.DEADLINE_EXCEEDED;
}

function statusOf(error: unknown): status | undefined {
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) ? cause.code : undefined;
}

/** A run refuses with the code as the type, and the whole line as the message. */
function fromApplicationFailure({ type, message }: ApplicationFailure, what: string): HomeostatError {
  if (!isFailureCode(type)) return new HomeostatError('RUNTIME_FAULT', { path: what, problem: message });
  const [, path = what, text = message] = new RegExp(`^${type} (\\S+): (.*)$`, 's').exec(message) ?? [];
  const [problem = text, ...remedy] = text.split(' — ');
  return new HomeostatError(type, { path, problem, ...(remedy.length === 0 ? {} : { remedy: remedy.join(' — ') }) });
}
