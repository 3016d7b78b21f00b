import type { WorkerInterceptors } from '@temporalio/worker';
import { createAgentRegistry } from '../agents/agent-registry.ts';
import type { Agent } from '../agents/agent.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { Logger } from '../telemetry/logger.ts';
import { endSoon } from './end-soon.ts';
import type { RuntimeHealth } from './health-server.ts';
import type { CreateModel } from './model-desk.ts';
import { startRuntime } from './start-runtime.ts';
import { waitForStop } from './wait-for-stop.ts';

/** What an Agent Runtime is made of. */
export interface RuntimeOptions {
  /** All runtimes of a Temporal namespace must carry the same ones. */
  readonly agents: readonly Agent[];
  /** What `loadConfig` returns. Default: `loadConfig()`, read at the start. */
  readonly config?: LoadedConfig;
  /** A pino logger. Default: JSON lines on standard error, from `config.log.level` on. */
  readonly log?: Logger;
  /** Makes the models that are asked, in place of the configured providers' own: for scripted ones. */
  readonly createModel?: CreateModel;
}

/** What tests intervene by. */
export interface InstrumentedRuntimeOptions extends RuntimeOptions {
  /** Temporal's own worker interceptors. */
  readonly interceptors?: WorkerInterceptors;
  /** Workflows kept in memory; small values make them replay. */
  readonly maxCachedWorkflows?: number;
}

/** A runtime that has connected to its servers and takes work. */
export interface RunningRuntime {
  /** The name under which it owns things and is found in Temporal. */
  readonly host: string;
  /** Where `/healthz`, `/readyz` and `/metrics` are. */
  readonly healthUrl: string;
  /** Where alerts are taken in; absent where they are not. */
  readonly intakeUrl?: string;
  /** What `/readyz` says. */
  health(): RuntimeHealth;
  /** Resources whose real things this host owns, a line each, from `actual`. */
  listOwned(): Promise<readonly string[]>;
  /** Resolves when all has stopped; rejects when a worker failed. */
  readonly stopped: Promise<void>;
  /** Takes nothing new, lets running steps finish within the grace time, then closes everything. */
  stop(): Promise<void>;
}

/** A runtime that is checked and not started yet. */
export interface Runtime {
  /**
   * Resolves when work is taken. Rejects, before anything is touched, with `HomeostatErrors` for all that is wrong with the
   * configuration, runbooks and certificates, `NOT_RUNNING` among them where nobody says where the servers are; later with
   * `TEMPORAL_UNAVAILABLE`, `STORE_UNAVAILABLE`, `PORT_TAKEN`;
   * what was opened is closed again then.
   */
  start(): Promise<RunningRuntime>;
  /**
   * Starts, and stops gracefully on SIGINT, SIGTERM or SIGHUP; a second of the first two, half a second later or more, ends
   * at once. Rejects as `start` does, and when a
   * worker failed or a step outlasted `runtime.shutdownForce`: then the process ends within a second, whatever that step
   * does.
   */
  run(): Promise<void>;
}

/**
 * The Agent Runtime: one process that carries all agents. They are registered and checked here and now, and nothing is
 * started. Throws `HomeostatErrors` with all that is wrong with them: `INVALID_AGENT`, `INVALID_KIND`, `INVALID_TOOL`.
 */
export function createRuntime(options: RuntimeOptions): Runtime {
  return createInstrumentedRuntime(options);
}

/** The same, for those who intervene. */
export function createInstrumentedRuntime(options: InstrumentedRuntimeOptions): Runtime {
  const registry = createAgentRegistry(options.agents);
  const start = () => startRuntime(registry, options);
  return {
    start,
    async run() {
      const running = await start();
      // What fails in it is told by `stopped`.
      waitForStop()
        .promise.then(() => running.stop())
        .catch(() => undefined);
      try {
        await running.stopped;
        await running.stop();
      } catch (error) {
        endSoon();
        throw error;
      }
    },
  };
}
