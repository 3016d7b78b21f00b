import type { LoadedConfig } from '../config/load-config.ts';
import { connectTemporalClient, type TemporalDoor } from './connect-temporal.ts';
import type { RunSteps } from './run-steps.ts';
import { createTemporalRunSteps } from './temporal-run-steps.ts';

/** Steps of runs for a command that can do without: connects when it is first asked, and again when that failed. */
export function connectRunSteps(config: LoadedConfig): RunSteps & { close(): Promise<void> } {
  let door: Promise<TemporalDoor> | undefined;
  return {
    async follow(...args) {
      const opened = (door ??= connectTemporalClient(config));
      opened.catch(() => (door = undefined));
      return createTemporalRunSteps(await opened).follow(...args);
    },
    async close() {
      await door?.then(
        (opened) => opened.close(),
        () => undefined,
      );
    },
  };
}
