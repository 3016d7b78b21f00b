import { join } from 'node:path';
import type { LoadedConfig } from '../config/load-config.ts';
import { createBuiltInAgents } from '../runtime/built-in-agents.ts';
import { createRuntime, type RunningRuntime } from '../runtime/runtime.ts';
import type { ProgressReport } from '../servers/index.ts';
import { createLogger } from '../telemetry/logger.ts';

/** Starts the runtime of `up` in this process, and tells so. */
export async function startRuntimeHere(config: LoadedConfig, report: ProgressReport): Promise<RunningRuntime> {
  const startedAt = performance.now();
  const logFile = join(config.dataDir, 'runtime.log');
  const runtime = createRuntime({
    agents: createBuiltInAgents(config.dataDir),
    config,
    log: createLogger(config.log.level, logFile),
  });
  const running = await runtime.start();
  const elapsedMs = Math.round(performance.now() - startedAt);
  report({
    type: 'step-end',
    subject: 'runtime',
    text: `host ${running.host}, log ${logFile}`,
    elapsedMs,
    outcome: 'done',
  });
  return running;
}
