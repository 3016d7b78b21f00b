import { escapeControls, HomeostatError, type FailureCode } from '../domain/failure.ts';

/**
 * For who looks again and again at servers that have answered before: one that is away for a while, as an etcd that elects
 * a leader, ends no wait. Where the time is up meanwhile it is for the caller to throw the `fault`.
 */
export interface Patience {
  /** What a look found; nothing where a server did not answer. Throws whatever else the look throws. */
  look<Found>(look: () => Promise<Found>): Promise<Found | undefined>;
  /** Why the newest look found nothing. */
  readonly fault: HomeostatError | undefined;
}

const servers: Partial<Record<FailureCode, string>> = { STORE_UNAVAILABLE: 'etcd', TEMPORAL_UNAVAILABLE: 'Temporal' };

/** Notes, once each, that a server does not answer and that it answers again. */
export function createPatience(note: (text: string) => void): Patience {
  let fault: HomeostatError | undefined;
  return {
    async look(look) {
      try {
        const found = await look();
        if (fault !== undefined) note(`${servers[fault.code]} answers again`);
        fault = undefined;
        return found;
      } catch (error) {
        const server = error instanceof HomeostatError ? servers[error.code] : undefined;
        if (!(error instanceof HomeostatError) || server === undefined) throw error;
        if (fault?.code !== error.code) {
          note(`${server} does not answer, waiting for it: ${escapeControls(error.problem)}`);
        }
        fault = error;
        return undefined;
      }
    },
    get fault() {
      return fault;
    },
  };
}
