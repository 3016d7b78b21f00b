import type { LoadedConfig } from '../config/load-config.ts';
import { describeThrown } from '../domain/failure.ts';
import { fromStoreKey } from '../domain/keys.ts';
import type { State } from '../state/state.ts';
import type { Transcripts } from '../state/transcripts.ts';
import type { Logger } from '../telemetry/logger.ts';

const firstMs = 60_000;
const everyMs = 60 * 60 * 1_000;

/**
 * Lets go of what is kept only for a while (ledger entries after 7 days, audit records beyond the newest 200 of a
 * resource) of every resource there ever was, and of what was said with models, once an hour. Several runtimes may do so at once.
 */
export function startHousekeeping(
  state: State,
  transcripts: Transcripts,
  { transcripts: { keepFor } }: LoadedConfig['models'],
  log: Logger,
): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  let stopped = false;
  const keep = async () => {
    try {
      // Audit heads are never deleted, so they name the resources that are gone too.
      const { entries } = await state.store.list(state.keys.auditHeadsPrefix);
      for (const { key } of entries) {
        const resource = fromStoreKey(key, state.keys.auditHeadsPrefix);
        if (resource !== undefined && !stopped) await state.housekeep(resource);
      }
      // A plan on record for longer than any run may refer to it.
      if (!stopped)
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
      stopped = true;
      clearTimeout(timer);
      await running;
      clearTimeout(timer);
    },
  };
}
