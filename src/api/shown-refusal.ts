import { HomeostatError, toCodedErrors, toShownError, type FailureCode, type ShownError } from '../domain/failure.ts';

/** An answer that says no: a status, and each reason as the command line says it with `-o json`. */
export interface ShownRefusal {
  readonly status: number;
  readonly errors: readonly ShownError[];
  /** Seconds after which to say it again; only for what may succeed then. */
  readonly retryAfter?: number;
}

/** Alertmanager pauses by itself for longer and longer; others need to be told. */
const retryAfterSeconds = 10;

const statuses: Partial<Record<FailureCode, number>> = {
  UNAUTHENTICATED: 401,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
};

/** Anything thrown as an answer: what may succeed later is 503, what is nobody's fault but ours 500. */
export function toShownRefusal(thrown: unknown): ShownRefusal {
  const errors = toCodedErrors(thrown);
  const [first] = errors;
  if (first === undefined) {
    const fault = new HomeostatError('RUNTIME_FAULT', { problem: "unexpected; see the runtime's log" });
    return { status: 500, errors: [toShownError(fault)] };
  }
  const isLater = errors.some(({ retryable }) => retryable);
  return {
    status: isLater ? 503 : (statuses[first.code] ?? 400),
    errors: errors.map(toShownError),
    ...(isLater ? { retryAfter: retryAfterSeconds } : {}),
  };
}
