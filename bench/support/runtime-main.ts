import { join } from 'node:path';
import { loadConfig } from '../../src/config/load-config.ts';
import { createRuntime } from '../../src/index.ts';
import { createBuiltInAgents } from '../../src/runtime/built-in-agents.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { createBenchAgent } from './agent.ts';
import { reportReady } from './report-ready.ts';

/** The runtime that is measured: as `homeostat up` starts it, with the bench's agent beside the built-in ones. */
const config = loadConfig();
const running = await createRuntime({
  agents: [...createBuiltInAgents(config.dataDir), createBenchAgent(process.env.BENCH_COUNT_FILE)],
  config,
  log: createLogger(config.log.level, join(config.dataDir, 'runtime.log')),
}).start();
reportReady(() => void running.stop());
await running.stopped;
process.exit(0);
