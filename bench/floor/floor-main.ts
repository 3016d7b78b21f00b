import type { Activities } from '../../src/activities/create-activities.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { describeThrown } from '../../src/domain/failure.ts';
import { connectForWork } from '../../src/runtime/connect-for-work.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { createWorkers } from '../../src/workers/create-workers.ts';
import { installSdk } from '../../src/workers/install-sdk.ts';
import { reportReady } from '../support/report-ready.ts';
import { bundleFloor } from './bundle-floor.ts';
import { createFloorActivities } from './floor-activities.ts';

/** The floor's workers, made by the runtime's own code and configuration: only workflow and activities are others. */
const config = loadConfig();
const { runtime, temporal, dataDir } = config;
const log = createLogger(config.log.level);
await installSdk(log);
const { native } = await connectForWork(config, {}, log);
const workers = await createWorkers({
  connection: native,
  namespace: temporal.namespace,
  workflowBundle: await bundleFloor(dataDir),
  activities: createFloorActivities() as unknown as Activities,
  host: 'floor',
  concurrentActivities: runtime.concurrentActivities,
  concurrentWorkflowTasks: runtime.concurrentWorkflowTasks,
  shutdownGraceMs: runtime.shutdownGrace,
  shutdownForceMs: runtime.shutdownForce,
  interceptors: {},
  providers: [],
  onFailure: (error) => log.error({ cause: describeThrown(error) }, 'a worker failed'),
  sinks: { homeostatRun: { started: { fn: () => undefined }, ended: { fn: () => undefined } } },
});
reportReady(() => workers.shutdown());
await workers.stopped;
process.exit(0);
