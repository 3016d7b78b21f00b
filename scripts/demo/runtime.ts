import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInstanceAgent } from '../../src/agents/instance/instance-agent.ts';
import { createInstrumentedProcessDriver } from '../../src/drivers/process/process-driver.ts';
import { createRuntime } from '../../src/runtime/runtime.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { createDemoConfig } from './demo-config.ts';
import { dieFile } from './stage.ts';

/**
 * `node runtime.ts <folder>`: the runtime of the demonstration, the same as everybody's, but for one thing. When told so by
 * a file, it is killed in the worst moment there is: a new process runs, and nothing of it is on record yet.
 */
const config = createDemoConfig(process.argv[2]!);
const order = dieFile(config.dataDir);
const driver = createInstrumentedProcessDriver({
  folder: join(config.dataDir, 'instances'),
  onMilestone({ type }) {
    if (type !== 'linked' || !existsSync(order)) return;
    rmSync(order);
    process.kill(process.pid, 'SIGKILL');
  },
});
const log = createLogger(config.log.level, join(config.dataDir, 'runtime.log'));
await createRuntime({ agents: [createInstanceAgent([driver])], config, log }).run();
