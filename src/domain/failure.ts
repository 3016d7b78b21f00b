import { shorten } from './cut-to-length.ts';
import { hideSecret, withoutSecrets } from './secret-patterns.ts';

/**
 * The failure catalogue: every code a user, an operator or a workflow can meet.
 *
 * A code is stable: tests, scripts and workflows branch on it, never on the text. `retryable` says whether the same
 * call may succeed later without anybody changing anything.
 */
export const failureCatalogue = {
  // What a person wrote.
  INVALID_BODY: { retryable: false },
  PARSE_ERROR: { retryable: false },
  DUPLICATE_KEY: { retryable: false },
  UNKNOWN_KIND: { retryable: false },
  UNKNOWN_VERSION: { retryable: false },
  UNKNOWN_FIELD: { retryable: false },
  MISSING_FIELD: { retryable: false },
  INVALID_NAME: { retryable: false },
  INVALID_UNICODE: { retryable: false },
  INVALID_NUMBER: { retryable: false },
  INVALID_VALUE: { retryable: false },
  INVALID_DURATION: { retryable: false },
  INVALID_DATE: { retryable: false },
  INVALID_CRON: { retryable: false },
  FORBIDDEN_KEY: { retryable: false },
  TOO_DEEP: { retryable: false },
  TOO_MANY_ITEMS: { retryable: false },
  TOO_LARGE: { retryable: false },
  SECRET_IN_SPEC: { retryable: false },
  IMMUTABLE: { retryable: false },
  NOT_FOUND: { retryable: false },
  HAS_DEPENDANTS: { retryable: false },
  MASS_DELETE: { retryable: false },
  DEPENDENCY_NOT_READY: { retryable: true },
  MISSING_DESIRED: { retryable: false },
  KIND_MISMATCH: { retryable: false },
  STALE_REVISION: { retryable: false },
  INVALID_CONFIG: { retryable: false },
  EMPTY_ISSUE: { retryable: false },
  UNAUTHENTICATED: { retryable: false },
  METHOD_NOT_ALLOWED: { retryable: false },
  UNSUPPORTED_MEDIA_TYPE: { retryable: false },
  BUSY: { retryable: true },
  USAGE: { retryable: false },
  // What an agent's author wrote; found at start or when a plan is checked.
  INVALID_AGENT: { retryable: false },
  INVALID_TOOL: { retryable: false },
  INVALID_KIND: { retryable: false },
  PLAN_INVALID: { retryable: false },
  PLAN_TOO_LONG: { retryable: false },
  NO_RULE: { retryable: false },
  // A run on its way.
  UNREACHABLE: { retryable: true },
  HOST_UNREACHABLE: { retryable: true },
  BUDGET_SPENT: { retryable: false },
  FROZEN: { retryable: false },
  LEFT_ALONE: { retryable: true },
  OBSERVE_ONLY: { retryable: false },
  PLANNING_FAILED: { retryable: true },
  PLAN_STALE: { retryable: false },
  GRANT_REFUSED: { retryable: false },
  EFFECT_FENCED: { retryable: false },
  EFFECT_IN_PROGRESS: { retryable: true },
  EFFECT_REFUSED: { retryable: false },
  OUTCOME_UNKNOWN: { retryable: false },
  TOOL_FAILED: { retryable: true },
  STEP_TIMED_OUT: { retryable: true },
  NOT_CONVERGED: { retryable: true },
  WAIT_TIMED_OUT: { retryable: true },
  RUNTIME_FAULT: { retryable: true },
  AUDIT_BROKEN: { retryable: false },
  // A language model and its provider.
  MODEL_UNAVAILABLE: { retryable: true },
  MODEL_RATE_LIMITED: { retryable: true },
  MODEL_QUOTA_EXHAUSTED: { retryable: false },
  MODEL_MISCONFIGURED: { retryable: false },
  MODEL_REQUEST_TOO_LARGE: { retryable: false },
  MODEL_REFUSED: { retryable: false },
  MODEL_ANSWER_INVALID: { retryable: false },
  TRANSCRIPT_LOCKED: { retryable: false },
  // A decision.
  INVALID_DECISION: { retryable: false },
  NOT_WAITING: { retryable: false },
  SEAL_MISMATCH: { retryable: false },
  ALREADY_DECIDED: { retryable: false },
  APPROVAL_EXPIRED: { retryable: false },
  APPROVAL_REJECTED: { retryable: false },
  // The servers and this machine.
  STORE_UNAVAILABLE: { retryable: true },
  STORE_CONFLICT: { retryable: true },
  STORE_FULL: { retryable: true },
  TEMPORAL_UNAVAILABLE: { retryable: true },
  BINARY_NOT_FOUND: { retryable: false },
  BINARY_UNFIT: { retryable: false },
  CHECKSUM_MISMATCH: { retryable: false },
  COMMAND_FAILED: { retryable: false },
  DATA_NEWER: { retryable: false },
  SERVER_NOT_STARTED: { retryable: false },
  SERVER_UNREACHABLE: { retryable: true },
  START_LOCKED: { retryable: true },
  ALREADY_RUNNING: { retryable: false },
  NOT_RUNNING: { retryable: false },
  IMAGE_NOT_FOUND: { retryable: false },
  IMAGE_DIGEST_MISMATCH: { retryable: false },
  COMMAND_NOT_FOUND: { retryable: false },
  PORT_TAKEN: { retryable: true },
  NOT_READY: { retryable: true },
} as const satisfies Record<string, { retryable: boolean }>;

export type FailureCode = keyof typeof failureCatalogue;

export interface FailureDetails {
  /** Where in the input or the system: `spec.ports[0].port`, `steps.s2.parameters.name`, `$` for the whole. */
  readonly path?: string;
  /** What is wrong, lower case, without a full stop. */
  readonly problem: string;
  /**
   * What was found instead; shown cut to 80 characters with control characters escaped. What looks like a secret, by
   * the name of its field or by its form, is not shown.
   */
  readonly got?: unknown;
  /** What to do about it, starting with a verb. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** A coded error. Its message is `CODE path: what is wrong (got …) — what to do`. */
export class HomeostatError extends Error {
  readonly code: FailureCode;
  readonly path: string;
  readonly problem: string;
  readonly remedy: string | undefined;
  readonly #details: FailureDetails;

  constructor(code: FailureCode, details: FailureDetails) {
    super(formatFailure(code, details), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'HomeostatError';
    this.#details = details;
    this.code = code;
    this.path = details.path ?? '$';
    this.problem = details.problem;
    this.remedy = details.remedy;
  }

  get retryable(): boolean {
    return failureCatalogue[this.code].retryable;
  }

  /** The same error at another path. */
  at(path: string): HomeostatError {
    return new HomeostatError(this.code, { ...this.#details, path, cause: this });
  }
}

/** Several coded errors found in one input, so that a user mends them in one go. */
export class HomeostatErrors extends Error {
  readonly errors: readonly HomeostatError[];

  constructor(errors: readonly HomeostatError[]) {
    super(errors.map((error) => error.message).join('\n'));
    this.name = 'HomeostatErrors';
    this.errors = errors;
  }
}

export function isFailureCode(value: unknown): value is FailureCode {
  return typeof value === 'string' && Object.hasOwn(failureCatalogue, value);
}

/** The coded errors inside anything thrown; empty when it carries none. */
export function toCodedErrors(thrown: unknown): readonly HomeostatError[] {
  if (thrown instanceof HomeostatErrors) return thrown.errors;
  return thrown instanceof HomeostatError ? [thrown] : [];
}

/** The same where coded errors are an answer: what carries none is nobody's answer, and thrown on. */
export function codedOrThrow(thrown: unknown): readonly HomeostatError[] {
  const errors = toCodedErrors(thrown);
  if (errors.length === 0) throw thrown;
  return errors;
}

/** What a check that throws has to say, so that all checks can be asked before anything is thrown. */
export function findFaults(check: () => unknown): readonly HomeostatError[] {
  const faults: HomeostatError[] = [];
  readOrNote(faults, check);
  return faults;
}

/** What is read; undefined when that throws, and then `faults` has what it throws: for all that is wrong in one list. */
export function readOrNote<Part>(faults: HomeostatError[], read: () => Part): Part | undefined {
  try {
    return read();
  } catch (error) {
    faults.push(...codedOrThrow(error));
    return undefined;
  }
}

/** A coded error as programs read it: in what the command line says with `-o json`, and in answers over HTTP. */
export interface ShownError {
  readonly code: string;
  readonly path: string;
  readonly message: string;
  readonly remedy?: string;
}

export function toShownError({ code, path, message, remedy }: HomeostatError): ShownError {
  return { code, path, message: escapeControls(message), ...(remedy === undefined ? {} : { remedy }) };
}

/** The reason of an error: what it names as its cause, else itself. Many clients say only that a call failed. */
export function causeOf(thrown: unknown): unknown {
  return thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
}

/** One line that says what went wrong, for anything thrown. */
export function describeThrown(thrown: unknown): string {
  if (!(thrown instanceof Error)) return showValue(thrown);
  return thrown.message === '' ? thrown.name : thrown.message;
}

function formatFailure(code: FailureCode, { path = '$', problem, got, remedy }: FailureDetails): string {
  const found = got === undefined ? '' : ` (got ${showValue(withoutSecrets(got, path))})`;
  const todo = remedy === undefined ? '' : ` — ${escapeControls(remedy)}`;
  return `${code} ${showPathText(path)}: ${escapeControls(problem)}${found}${todo}`;
}

/** A path holds keys that somebody chose. */
function showPathText(path: string): string {
  return escapeControls(shorten(path, 200));
}

/** A value as an error may show it: one line, at most 80 characters, nothing a terminal would obey. */
export function showValue(value: unknown): string {
  let text: string;
  try {
    text = typeof value === 'string' ? value : (JSON.stringify(value, hideSecret) ?? String(value));
  } catch {
    text = Object.prototype.toString.call(value);
  }
  return escapeControls(shorten(text, 80));
}

/** Escapes control, direction-override, zero-width and tag characters, so that text is shown and never obeyed. */
export function escapeControls(text: string): string {
  // Nearly every text is plain, and the classes below are slow.
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}
