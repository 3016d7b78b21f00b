import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { WorkflowClient } from '@temporalio/client';
import type { WorkerInterceptors } from '@temporalio/worker';
import type { Activities } from '../../src/activities/create-activities.ts';
import { createInstanceAgent } from '../../src/agents/instance/instance-agent.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { ResourceKey } from '../../src/domain/identity.ts';
import { describeThrown } from '../../src/domain/failure.ts';
import { externalNameOf } from '../../src/domain/kind.ts';
import { createInstrumentedProcessDriver } from '../../src/drivers/process/process-driver.ts';
import { createInstrumentedRuntime } from '../../src/runtime/runtime.ts';
import { passingResource, passTestGate } from './gates.ts';
import { createWidgetAgent } from './widget-agent.ts';

/** A runtime as a process of its own, with the widget agent beside the built-in ones, for tests that kill it. */
const config = loadConfig();
const effectServer = process.env.HOMEOSTAT_TEST_EFFECTS;
const spinWhile = process.env.HOMEOSTAT_TEST_SPIN_WHILE;
const driver = createInstrumentedProcessDriver({
  folder: join(config.dataDir, 'instances'),
  onMilestone: ({ type }) => passTestGate(`instance-${type}`),
});
const agents = [
  createInstanceAgent([driver]),
  ...(effectServer === undefined
    ? []
    : [
        createWidgetAgent({
          effectServer,
          plain: process.env.HOMEOSTAT_TEST_PLAIN === '1',
          floods: process.env.HOMEOSTAT_TEST_FLOODS === '1',
          timeoutMs: Number(process.env.HOMEOSTAT_TEST_TIMEOUT ?? 5_000),
          hostBoundFrom: Number(process.env.HOMEOSTAT_TEST_HOST_BOUND_FROM ?? Infinity),
          ...(spinWhile === undefined ? {} : { spinWhile }),
        }),
      ]),
];

/** Resources that took a step whose end this process has reported, or is about to. */
const stepped = new Set<string>();
const gatedActivities: NonNullable<WorkerInterceptors['activity']>[number] = ({ info }) => ({
  inbound: {
    execute(input, next) {
      const { resource, step } = (input.args[0] ?? {}) as { resource?: ResourceKey; step?: object };
      const name = resource === undefined ? '' : externalNameOf(resource);
      return passingResource.run(name, async () => {
        // Whatever comes next for a resource comes after the report of its step.
        if (stepped.delete(name)) await passTestGate('after-report');
        const type = info.activityType as keyof Activities;
        await passTestGate(`begin-${type}`);
        const result = await next(input);
        await passTestGate(`end-${type}`);
        if (step === undefined) return result;
        await passTestGate('before-report');
        stepped.add(name);
        return result;
      });
    },
  },
});

const { signalWithStart } = WorkflowClient.prototype;
WorkflowClient.prototype.signalWithStart = async function gated(this: WorkflowClient, ...args) {
  await passTestGate('before-hint');
  return signalWithStart.apply(this, args) as never;
};

const cache = process.env.HOMEOSTAT_TEST_CACHE;
const runtime = createInstrumentedRuntime({
  agents,
  config,
  ...(cache === undefined ? {} : { maxCachedWorkflows: Number(cache) }),
  interceptors: { activity: [gatedActivities] },
});
// Node keeps what it compiled when it ends, and most of these are killed: without this the next would compile it again.
setTimeout(flushCompileCache, 2_000).unref();

try {
  await runtime.run();
} catch (error) {
  // As the command line does it: Node's own end, at what nobody catches, waits for nothing.
  process.stderr.write(`${describeThrown(error)}\n`);
  process.exitCode = 1;
}
