import type { LoadedConfig } from '../config/load-config.ts';
import { describeThrown } from '../domain/failure.ts';
import type { State } from '../state/state.ts';
import type { Transcripts } from '../state/transcripts.ts';
import type { Logger } from '../telemetry/logger.ts';

const firstMs = 60_000;
const everyMs = 60 * 60 * 1_000;

/**
 * Lets go of what is kept only for a while, of every resource there ever was and of what was said with models, once an
 * hour. Several runtimes may do so at once.
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
  const keep = async () => {
    try {
      await state.housekeep(stopping.signal);
      // A plan on record for longer than any run may refer to it.
      if (!stopping.signal.aborted)
        await Promise.all([state.modelPlans.removeOlderThan(keepFor), transcripts.removeOlderThan(keepFor)]);
    } catch (error) {
      log.warn({ cause: describeThrown(error) }, 'cannot tidy up, will try again in an hour');
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
