import { Context } from '@temporalio/activity';

const heartbeatMs = 1_000;

/** Heartbeats as ours do, and does nothing. */
export function createFloorActivities() {
  return {
    async doNothing(): Promise<void> {
      const context = Context.current();
      const beat = setInterval(() => context.heartbeat(), heartbeatMs);
      try {
        await Promise.resolve();
      } finally {
        clearInterval(beat);
      }
    },
  };
}

export type FloorActivities = ReturnType<typeof createFloorActivities>;
