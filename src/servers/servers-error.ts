/** Codes of everything that can go wrong between "start" and "both servers answer". */
export type ServersErrorCode =
  | 'BINARY_NOT_FOUND'
  | 'BINARY_UNFIT'
  | 'CHECKSUM_MISMATCH'
  | 'COMMAND_FAILED'
  | 'DATA_NEWER'
  | 'SERVER_NOT_STARTED'
  | 'SERVER_UNREACHABLE'
  | 'START_LOCKED';

/** The one error type of `src/servers`; callers branch on `code`, people read `problem`: what is wrong and what to do. */
export class ServersError extends Error {
  override readonly name = 'ServersError';
  readonly code: ServersErrorCode;
  readonly problem: string;

  constructor(code: ServersErrorCode, problem: string, options?: ErrorOptions) {
    super(`${code} ${problem}`, options);
    this.code = code;
    this.problem = problem;
  }
}
