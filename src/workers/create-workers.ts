import { basename } from 'node:path';
import { Worker, type InjectedSinks, type NativeConnection, type WorkerInterceptors } from '@temporalio/worker';
import { taskQueues } from '../domain/messages.ts';
import type { ModelProvider } from '../domain/model-route.ts';
import type { RunSinks } from '../domain/run-trace.ts';
import type { Activities } from '../activities/create-activities.ts';
import { runWorkers, type Workers } from './run-workers.ts';
import { payloadConverterPath, workflowTimeLimit } from './workflow-bundle.ts';

/** How much a provider is asked. */
export interface ProviderLimits {
  readonly provider: ModelProvider;
  /** Calls at once, of this worker. */
  readonly concurrency: number;
  /** Calls a minute, of all workers together. */
  readonly callsPerMinute?: number;
}

export interface WorkersOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly workflowBundle: { readonly codePath: string };
  readonly activities: Activities;
  readonly host: string;
  readonly concurrentActivities: number;
  readonly concurrentWorkflowTasks: number;
  /** Activities a second that look at or change things: of all workers together on `tools`, of this host on its own. */
  readonly toolsPerSecond?: number;
  /** Providers that are asked from here, each on a queue of its own. */
  readonly providers: readonly ProviderLimits[];
  readonly shutdownGraceMs: number;
  readonly shutdownForceMs: number;
  readonly interceptors: WorkerInterceptors;
  /** Told by the workflows of their runs. */
  readonly sinks: InjectedSinks<RunSinks>;
  /** Told when a worker fails. From then on none takes work, and the end comes when what is under way has ended. */
  readonly onFailure: (error: unknown) => void;
  /** Workflows kept in memory; small values are for tests of replay. */
  readonly maxCachedWorkflows?: number;
}

/** Starts a worker for each queue of this host: workflows and state, tools, the host's own, and one a model provider. */
export async function createWorkers(options: WorkersOptions): Promise<Workers> {
  const { connection, namespace, activities, toolsPerSecond } = options;
  // Temporal holds it for each queue over all workers that take from it; the newest worker's word counts.
  const paced = toolsPerSecond === undefined ? {} : { maxTaskQueueActivitiesPerSecond: toolsPerSecond };
  const common = {
    connection,
    namespace,
    activities,
    // Stands in most events of a history. The digest of the workflow code, from its file's name: the SDK's own is five
    // times as long.
    buildId: basename(options.workflowBundle.codePath, '.cjs').replace('workflows-', ''),
    dataConverter: { payloadConverterPath },
    interceptors: options.interceptors,
    maxConcurrentActivityTaskExecutions: options.concurrentActivities,
    shutdownGraceTime: options.shutdownGraceMs,
    shutdownForceTime: options.shutdownForceMs,
  };
  const workers = await Promise.all([
    Worker.create({
      ...common,
      ...workflowTimeLimit,
      taskQueue: taskQueues.main,
      workflowBundle: options.workflowBundle,
      sinks: options.sinks,
      maxConcurrentWorkflowTaskExecutions: options.concurrentWorkflowTasks,
      // A dead worker's workflows go on elsewhere after a second, not after the default ten.
      stickyQueueScheduleToStartTimeout: '1s',
      ...(options.maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows: options.maxCachedWorkflows }),
    }),
    Worker.create({ ...common, ...paced, taskQueue: taskQueues.tools }),
    Worker.create({ ...common, ...paced, taskQueue: taskQueues.host(options.host) }),
    ...options.providers.map(({ provider, concurrency, callsPerMinute }) =>
      Worker.create({
        ...common,
        taskQueue: taskQueues.llm(provider),
        maxConcurrentActivityTaskExecutions: concurrency,
        ...(callsPerMinute === undefined ? {} : { maxTaskQueueActivitiesPerSecond: callsPerMinute / 60 }),
      }),
    ),
  ]);
  return runWorkers(workers, options.onFailure);
}
