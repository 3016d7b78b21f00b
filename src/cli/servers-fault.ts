import { HomeostatError } from '../domain/failure.ts';
import { ServersError } from '../servers/index.ts';

/** What went wrong between "start" and "both servers answer", as an error of the catalogue, which that folder does not know. */
export function toServersFault(error: unknown): unknown {
  if (!(error instanceof ServersError)) return error;
  // It may quote the end of a log.
  const [said, ...log] = error.problem.trim().split(/\n+/);
  const problem = log.length === 0 ? said! : `${said!}: ${log.join(' | ')}`;
  return new HomeostatError(error.code, { path: 'servers', problem, cause: error });
}
