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

/** The one error type of `src/servers`; callers branch on `code`, people read the message. */
export class ServersError extends Error {
  override readonly name = 'ServersError';
  readonly code: ServersErrorCode;

  constructor(code: ServersErrorCode, message: string, options?: ErrorOptions) {
    super(`${code} ${message}`, options);
    this.code = code;
  }
}
