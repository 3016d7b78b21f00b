import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { HomeostatError } from '../../domain/failure.ts';
import { showResource } from '../../domain/identity.ts';
import { RiskLevel } from '../../domain/risk.ts';
import { toldCommand } from '../../domain/told-command.ts';
import type { Driver, EffectGrant, EffectReceipt } from '../../drivers/driver.ts';
import { defineTool } from '../../tools/define-tool.ts';
import type { RiskFacts, ToolContext } from '../../tools/tool.ts';
import { checkHealth } from './check-health.ts';
import { readLogEnd } from './read-log-end.ts';
import { instanceSpecSchema, toSettings } from './instance-kind.ts';
import { riskOfCheck, riskOfSettings } from './instance-risk.ts';

const driverName = z.enum(['process']).describe('Driver that runs the instance');
const target = z.strictObject({ driver: driverName });
const receipt = z.strictObject({ pid: z.number().optional(), imageDigest: z.string().optional() });
const settingsSchema = instanceSpecSchema.omit({ healthCheck: true, usageCheck: true, desiredState: true });
const healthCheck = instanceSpecSchema.shape.healthCheck;

/** How long an instance may take to end by itself before its process group is ended. */
const graceMs = 5_000;

/** The Instance agent's tools over the drivers of this runtime: one driver call each. */
export function createInstanceTools(drivers: ReadonlyMap<string, Driver>) {
  const driverOf = (name: string): Driver => {
    const driver = drivers.get(name);
    if (driver !== undefined) return driver;
    throw new HomeostatError('EFFECT_REFUSED', {
      path: 'driver',
      problem: 'this runtime has no such driver',
      got: name,
    });
  };

  /** A tool with an effect: the same probe for all, by the key the driver keeps. */
  const defineEffect = <Parameters extends { driver: string }>(definition: {
    name: string;
    description: string;
    riskLevel: RiskLevel;
    parameters: z.ZodType<Parameters>;
    timeoutMs?: number;
    raiseRisk?: (parameters: Parameters, facts: RiskFacts) => RiskLevel;
    act: (driver: Driver, context: ToolContext, parameters: Parameters, grant: EffectGrant) => Promise<EffectReceipt>;
  }) => {
    const { act, ...declared } = definition;
    return defineTool<Parameters, EffectReceipt>({
      ...declared,
      effect: 'write',
      result: receipt as z.ZodType<EffectReceipt>,
      execute: (context, parameters) => act(driverOf(parameters.driver), context, parameters, toGrant(context)),
      probe: (context, parameters) =>
        driverOf(parameters.driver).probe(context.resource, context.idempotencyKey, context.attempt),
    });
  };

  const provisionInstance = defineEffect({
    name: 'provision_instance',
    description: 'Create an instance from its image and start it; with replace, swap the image of an existing one',
    riskLevel: RiskLevel.moderate,
    timeoutMs: 120_000,
    parameters: settingsSchema.extend({
      start: z.boolean().describe('Whether it runs afterwards'),
      replace: z.boolean().describe('Whether an existing one is stopped and made anew'),
    }),
    // A replacement throws away what the old one kept: in production a person says yes.
    raiseRisk: ({ replace, ...settings }, facts) =>
      replace && facts.labels.some((set) => set.env === 'production')
        ? RiskLevel.dangerous
        : riskOfSettings(toSettings(settings), facts),
    act: (driver, { resource }, { start, replace, ...settings }, grant) =>
      driver.provision(resource, toSettings(settings), { start, replace }, grant),
  });
  const configureInstance = defineEffect({
    name: 'configure_instance',
    description:
      'Put command, environment, ports, files and size of an instance in place; takes hold at its next start',
    riskLevel: RiskLevel.moderate,
    parameters: settingsSchema,
    raiseRisk: (settings, facts) => riskOfSettings(toSettings(settings), facts),
    act: (driver, { resource }, settings, grant) => driver.configure(resource, toSettings(settings), grant),
  });
  const clearInstanceSpace = defineEffect({
    name: 'clear_instance_space',
    description:
      'Free disk space of an instance: cut its log to its end and empty the folders its spec names as scratch',
    riskLevel: RiskLevel.moderate,
    parameters: target,
    act: (driver, { resource }, _, grant) => driver.clearSpace(resource, grant),
  });
  const startInstance = defineEffect({
    name: 'start_instance',
    description: 'Start an instance that does not run',
    riskLevel: RiskLevel.moderate,
    parameters: target,
    act: (driver, { resource }, _, grant) => driver.start(resource, grant),
  });
  const stopInstance = defineEffect({
    name: 'stop_instance',
    description: 'Stop an instance and keep all it has',
    riskLevel: RiskLevel.moderate,
    parameters: target,
    act: (driver, { resource }, _, grant) => driver.stop(resource, graceMs, grant),
  });
  const restartInstance = defineEffect({
    name: 'restart_instance',
    description: 'Stop an instance and start it again',
    riskLevel: RiskLevel.moderate,
    parameters: target,
    act: (driver, { resource }, _, grant) => driver.restart(resource, graceMs, grant),
  });
  const terminateInstance = defineEffect({
    name: 'terminate_instance',
    description: 'Stop an instance and remove it with all it has',
    riskLevel: RiskLevel.dangerous,
    parameters: target,
    act: (driver, { resource }, _, grant) => driver.terminate(resource, graceMs, grant),
  });

  const waitForReady = defineTool({
    name: 'wait_for_ready',
    description: 'Wait until an instance runs and answers its health check',
    riskLevel: RiskLevel.safe,
    timeoutMs: 330_000,
    maximumAttempts: 1,
    parameters: target.extend({
      healthCheck,
      timeoutSeconds: z.number().min(1).max(300).default(30).describe('How long to wait'),
    }),
    raiseRisk: ({ healthCheck: check }, facts) => riskOfCheck(check, facts),
    result: z.strictObject({ state: z.literal('running'), detail: z.string() }),
    execute: (context, parameters) => waitUntilReady(driverOf(parameters.driver), context, parameters),
  });
  const getInstance = defineTool({
    name: 'get_instance',
    description: 'What an instance is and how it is',
    riskLevel: RiskLevel.safe,
    parameters: target,
    result: z.strictObject({ instance: z.json() }),
    execute: async ({ resource }, { driver }) => ({
      instance: z.json().parse(JSON.parse(JSON.stringify(await driverOf(driver).observe(resource)))),
    }),
  });
  const listInstances = defineTool({
    name: 'list_instances',
    description: "The tenant's instances on this host",
    riskLevel: RiskLevel.safe,
    parameters: target,
    result: z.strictObject({ instances: z.array(z.string()) }),
    execute: async ({ resource }, { driver }) => ({
      instances: (await driverOf(driver).list(resource.tenant)).map(showResource),
    }),
  });
  const getLogs = defineTool({
    name: 'get_logs',
    description: 'The end of what an instance wrote to its output',
    riskLevel: RiskLevel.safe,
    onFailure: 'skip',
    parameters: target.extend({
      tailBytes: z.int().min(1).max(65_536).default(4_096).describe('How many bytes from the end'),
    }),
    result: z.strictObject({ text: z.string() }),
    execute: async ({ resource }, { driver, tailBytes }) => ({
      text: await readLogEnd(driverOf(driver), resource, tailBytes),
    }),
  });
  const checkInstance = defineTool({
    name: 'health_check',
    description: 'Ask an instance once whether it is healthy',
    riskLevel: RiskLevel.safe,
    parameters: target.extend({ healthCheck }),
    raiseRisk: (parameters, facts) => riskOfCheck(parameters.healthCheck, facts),
    result: z.strictObject({ healthy: z.boolean(), detail: z.string() }),
    execute: async ({ resource, signal }, parameters) => {
      const driver = driverOf(parameters.driver);
      if (parameters.healthCheck !== undefined) {
        return checkHealth(parameters.healthCheck, { driver, instance: resource, signal });
      }
      const observed = await driver.observe(resource);
      const state = observed.type === 'present' ? observed.status.state : observed.type;
      return { healthy: state === 'running', detail: state };
    },
  });

  return {
    provisionInstance,
    configureInstance,
    clearInstanceSpace,
    startInstance,
    stopInstance,
    restartInstance,
    terminateInstance,
    waitForReady,
    getInstance,
    listInstances,
    getLogs,
    checkInstance,
  };
}

export type InstanceTools = ReturnType<typeof createInstanceTools>;

function toGrant({ idempotencyKey, attempt, signal, heartbeat, secret }: ToolContext): EffectGrant {
  return { key: idempotencyKey, attempt, signal, heartbeat, secret };
}

interface ReadyParameters {
  readonly healthCheck?: z.output<typeof healthCheck>;
  readonly timeoutSeconds: number;
}

/** Characters of its last words that are told. */
const shownOutput = 200;

/** Polls until ready; fails at once when the instance has ended, with the last it wrote. */
async function waitUntilReady(
  driver: Driver,
  context: ToolContext,
  { healthCheck: check, timeoutSeconds }: ReadyParameters,
) {
  const deadline = performance.now() + timeoutSeconds * 1_000;
  let detail = 'not looked at yet';
  for (let pause = 25; ; pause = Math.min(pause * 2, 500)) {
    context.heartbeat();
    context.signal.throwIfAborted();
    const observed = await driver.observe(context.resource);
    if (observed.type === 'absent') throw notReady(context, 'it is gone');
    if (observed.type === 'present') {
      const { state, exitCode } = observed.status;
      if (state !== 'running') {
        const logs = (await readLogEnd(driver, context.resource, shownOutput)).trim();
        throw notReady(context, `it ended with exit code ${exitCode ?? 'unknown'}; last output: ${logs || 'none'}`);
      }
      if (check === undefined) return { state: 'running' as const, detail: 'runs' };
      const health = await checkHealth(check, { driver, instance: context.resource, signal: context.signal });
      if (health.healthy) return { state: 'running' as const, detail: health.detail };
      detail = health.detail;
    } else detail = observed.cause;
    if (performance.now() + pause > deadline) throw notReady(context, `not ready after ${timeoutSeconds} s: ${detail}`);
    await sleep(pause, undefined, { signal: context.signal });
  }
}

function notReady({ resource }: ToolContext, problem: string): HomeostatError {
  return new HomeostatError('NOT_READY', {
    path: showResource(resource),
    problem,
    remedy: `read its output: ${toldCommand(`logs ${showResource(resource)}`, resource)}`,
  });
}
