import { join } from 'node:path';
import { createActivities } from '../activities/create-activities.ts';
import type { ActivityDependencies } from '../activities/dependencies.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { ModelProvider } from '../domain/model-route.ts';
import type { Telemetry } from '../telemetry/create-telemetry.ts';
import { createWorkers } from '../workers/create-workers.ts';
import type { Workers } from '../workers/run-workers.ts';
import { loadWorkflowBundle } from '../workers/workflow-bundle.ts';
import type { TemporalConnections } from './connect-for-work.ts';
import { listProviders } from './router-settings.ts';
import type { InstrumentedRuntimeOptions } from './runtime.ts';

interface WorkerParts {
  readonly dependencies: ActivityDependencies;
  readonly temporal: TemporalConnections;
  readonly config: LoadedConfig;
  readonly options: InstrumentedRuntimeOptions;
  readonly telemetry: Telemetry;
  readonly onFailure: (error: unknown) => void;
}

/** Starts the workers of a runtime that works, as its configuration limits them. */
export async function startWorkers(parts: WorkerParts): Promise<Workers> {
  const { dependencies, temporal, telemetry, onFailure } = parts;
  const { dataDir, runtime, models } = parts.config;
  const { interceptors, maxCachedWorkflows } = parts.options;
  return createWorkers({
    connection: temporal.native,
    namespace: temporal.client.options.namespace,
    workflowBundle: await loadWorkflowBundle(join(dataDir, 'cache')),
    activities: createActivities(dependencies),
    host: dependencies.host,
    concurrentActivities: runtime.concurrentActivities,
    concurrentWorkflowTasks: runtime.concurrentWorkflowTasks,
    providers: listProviders(models).map((provider) => ({ provider, ...toLimits(models[provider]) })),
    shutdownGraceMs: runtime.shutdownGrace,
    shutdownForceMs: runtime.shutdownForce,
    ...(runtime.toolsPerSecond === undefined ? {} : { toolsPerSecond: runtime.toolsPerSecond }),
    interceptors: { ...interceptors, activity: [...telemetry.activityInterceptors, ...(interceptors?.activity ?? [])] },
    sinks: telemetry.sinks,
    onFailure,
    ...(maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows }),
  });
}

function toLimits({ concurrency, callsPerMinute }: LoadedConfig['models'][ModelProvider]) {
  return { concurrency, ...(callsPerMinute === undefined ? {} : { callsPerMinute }) };
}
