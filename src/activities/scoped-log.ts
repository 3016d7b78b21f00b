import type { ContextLog } from '../domain/kind.ts';

/** A log whose every line carries the same fields; says of a run's lines which run they belong to. */
export function withFields(log: ContextLog, fields: object): ContextLog {
  return {
    info: (more, message) => log.info({ ...fields, ...more }, message),
    warn: (more, message) => log.warn({ ...fields, ...more }, message),
  };
}
