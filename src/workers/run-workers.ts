import type { Worker } from '@temporalio/worker';

export interface Workers {
  /** Resolves when all have stopped. When one fails the others are asked to stop, and it rejects once they have. */
  readonly stopped: Promise<void>;
  /** Asks all to take nothing new and to finish what runs, within the grace time. */
  shutdown(): void;
}

/**
 * Runs workers until they are asked to stop or one fails, which is told at once. Steps that are under way in the others need
 * what whoever waits for the end then closes, hence no end before the last one's.
 */
export function runWorkers(
  workers: readonly Pick<Worker, 'getState' | 'run' | 'shutdown'>[],
  onFailure: (error: unknown) => void,
): Workers {
  const shutdown = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const failures: unknown[] = [];
  const run = async (worker: (typeof workers)[number]) => {
    try {
      await worker.run();
    } catch (error) {
      failures.push(error);
      onFailure(error);
      shutdown();
    }
  };
  const runAll = async () => {
    await Promise.all(workers.map(run));
    if (failures.length > 0) throw failures[0];
  };
  const stopped = runAll();
  // Whoever waits for it may not do so yet.
  stopped.catch(() => undefined);
  return { stopped, shutdown };
}
