import type { Log } from '../domain/log.ts';

/** A log whose every line carries the same fields; says of a run's lines which run they belong to. */
export function withFields(log: Log, fields: object): Log {
  return {
    info: (more, message) => log.info({ ...fields, ...more }, message),
    warn: (more, message) => log.warn({ ...fields, ...more }, message),
  };
}
