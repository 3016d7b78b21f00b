import type { WorkerInterceptors } from '@temporalio/worker';
import { createAgentRegistry } from '../agents/agent-registry.ts';
import type { Agent } from '../agents/agent.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Health } from './health-server.ts';
import type { CreateModel } from './model-desk.ts';
import { startRuntime } from './start-runtime.ts';

export interface RuntimeOptions {
  readonly agents: readonly Agent[];
  /** Default: `homeostat.yaml`, the environment and `<dataDir>/endpoints.json`. */
  readonly config?: LoadedConfig;
  readonly log?: Logger;
  /** Makes the models that are asked, in place of the configured providers' own: for scripted and recorded ones. */
  readonly createModel?: CreateModel;
  /** Temporal's own worker interceptors, for tracing and for tests. */
  readonly interceptors?: WorkerInterceptors;
  /** Workflows kept in memory; small values are for tests of replay. */
  readonly maxCachedWorkflows?: number;
}

export interface RunningRuntime {
  readonly host: string;
  readonly healthUrl: string;
  /** Where alerts are taken in; absent where they are not. */
  readonly intakeUrl?: string;
  health(): Health;
  /** Resources whose real things this host owns, a line each, from `actual`. */
  listOwned(): Promise<readonly string[]>;
  /** Resolves when all has stopped; rejects when a worker failed. */
  readonly stopped: Promise<void>;
  /** Takes nothing new, lets running steps finish within the grace time, then closes everything. */
  stop(): Promise<void>;
}

export interface Runtime {
  start(): Promise<RunningRuntime>;
  /** Starts, and stops gracefully on SIGINT or SIGTERM; a second signal ends at once. */
  run(): Promise<void>;
}

/**
 * The Agent Runtime: one process that carries all agents. Agents and tools are registered and checked here and now: a
 * broken one throws, and nothing is started.
 */
export function createRuntime(options: RuntimeOptions): Runtime {
  const registry = createAgentRegistry(options.agents);
  const start = () => startRuntime(registry, options);
  return {
    start,
    async run() {
      const running = await start();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.once(signal, () => {
          process.once(signal, () => process.exit(130));
          // What fails in it is told by `stopped`.
          running.stop().catch(() => undefined);
        });
      }
      await running.stopped;
      await running.stop();
    },
  };
}
