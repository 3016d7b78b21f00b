import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import type { Activities } from '../../src/activities/create-activities.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { connectTemporal } from '../../src/runtime/connect.ts';
import { findServers } from '../../src/starters/server-addresses.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { createWorkers } from '../../src/workers/create-workers.ts';
import { installSdkLogging } from '../../src/workers/sdk-logging.ts';
import { payloadConverterPath } from '../../src/workers/workflow-bundle.ts';
import { reportReady } from '../support/worker-process.ts';
import { createFloorActivities } from './floor-activities.ts';

/** The floor's workers, made by the runtime's own code and configuration: only workflow and activities are others. */
const config = loadConfig();
const { runtime, temporal, dataDir } = config;
const log = createLogger(config.log.level);
installSdkLogging(log);
const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('./floor-workflow.ts', import.meta.url)),
  payloadConverterPath,
  logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error: console.error },
});
const codePath = join(dataDir, 'floor-workflow.cjs');
await writeFile(codePath, code);
const { address } = findServers(config).temporal;
const { native } = await connectTemporal({ address, namespace: temporal.namespace, tls: false }, log);
const workers = await createWorkers({
  connection: native,
  namespace: temporal.namespace,
  workflowBundle: { codePath },
  activities: createFloorActivities() as unknown as Activities,
  host: 'floor',
  concurrentActivities: runtime.concurrentActivities,
  concurrentWorkflowTasks: runtime.concurrentWorkflowTasks,
  shutdownGraceMs: runtime.shutdownGrace,
  shutdownForceMs: runtime.shutdownForce,
});
reportReady(() => workers.shutdown());
await workers.stopped;
process.exit(0);
