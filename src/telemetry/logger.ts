import { pino, type Logger } from 'pino';

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
  const destination = pino.destination(
    file === undefined ? { fd: 2, sync: true } : { dest: file, mkdir: true, sync: false },
  );
  return pino(
    { level, base: null, redact: { paths: redacted, censor: '[secret]' }, timestamp: pino.stdTimeFunctions.isoTime },
    destination,
  );
}
