import type { LoadedConfig } from '../config/load-config.ts';
import { describeThrown } from '../domain/failure.ts';
import type { State } from '../state/state.ts';
import type { Transcripts } from '../state/transcripts.ts';
import type { Logger } from '../telemetry/logger.ts';

const firstMs = 60_000;
const everyMs = 60 * 60 * 1_000;

/**
 * Lets go of what is kept only for a while, of every resource there ever was and of what was said with models, once an
 * hour; what cannot go keeps nothing else. Several runtimes may do so at once.
 */
export function startHousekeeping(
  state: State,
  transcripts: Transcripts,
  { transcripts: { keepFor } }: LoadedConfig['models'],
  log: Logger,
): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const stopping = new AbortController();
  const chores: readonly (() => Promise<unknown>)[] = [
    // First: it makes room on the disk that audit records are then archived on.
    () => transcripts.removeOlderThan(keepFor),
    // A plan on record for longer than any run may refer to it.
    () => state.modelPlans.removeOlderThan(keepFor),
    () => state.housekeep(stopping.signal),
  ];
  const keep = async () => {
    for (const chore of chores) {
      if (stopping.signal.aborted) return;
      try {
        await chore();
      } catch (error) {
        log.warn({ cause: describeThrown(error) }, 'cannot tidy up, will try again in an hour');
      }
    }
  };
  const plan = (afterMs: number) => {
    timer = setTimeout(() => {
      running = keep().then(() => plan(everyMs));
    }, afterMs).unref();
  };
  plan(firstMs);
  return {
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await running;
      clearTimeout(timer);
    },
  };
}
