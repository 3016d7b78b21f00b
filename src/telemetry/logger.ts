import { pino, type Logger } from 'pino';
import { escapeControls } from '../domain/failure.ts';
import { createLogFile } from './log-file.ts';

export type { Logger } from 'pino';

/** Paths that may hold secrets in anything we log; their values are never written. */
const redacted = [
  'password',
  'apiKey',
  'token',
  'secret',
  '*.password',
  '*.apiKey',
  '*.token',
  '*.secret',
  '*.*.password',
];

/**
 * The structured log: one JSON object a line on standard error, or in a file. Every line of a run carries `run`, its
 * workflow id, which is also the correlation id from the etcd event to the etcd write.
 */
export function createLogger(level: string, file?: string): Logger {
  return pino(
    { level, base: null, redact: { paths: redacted, censor: '[secret]' }, timestamp: pino.stdTimeFunctions.isoTime },
    file === undefined ? createStandardError() : createLogFile(file, tellThatItFails),
  );
}

function tellThatItFails(cause: string): void {
  createStandardError().write(`note       the log cannot be written: ${escapeControls(cause)}\n`);
}

/** Where it takes no more, lines wait for the next that it takes, and past so many bytes are lost. */
function createStandardError() {
  return pino.destination({ fd: 2, sync: true, maxLength: 1024 * 1024 }).on('error', () => undefined);
}
