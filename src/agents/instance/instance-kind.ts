import { z } from 'zod';
import type { JsonObject } from '../../domain/json.ts';
import { absent, present, unreachable } from '../../domain/outcome.ts';
import { describeThrown } from '../../domain/failure.ts';
import type { Driver, HealthCheck, InstanceFacts, InstanceSettings } from '../../drivers/driver.ts';
import { instanceTypes } from '../../drivers/instance-types.ts';
import { defineKind } from '../define-kind.ts';
import { checkHealth } from './check-health.ts';
import { checkOf, programOf } from './health-program.ts';
import { readLogEnd } from './read-log-end.ts';
import { createInstanceIssues } from './instance-issues.ts';
import { toMeasurements } from './instance-measurements.ts';

/** No system call takes a text with NUL in it. */
const withoutNul = z.string().regex(/^[^\0]*$/, 'holds a NUL');
const argv = z
  .array(withoutNul.min(1).max(4_096))
  .min(1)
  .max(200)
  .describe('Program and arguments, one item each; no shell reads them');
const portNumber = z.int().min(1).max(65_535);
const relativePath = z
  .string()
  .regex(/^(?!.*(^|\/)\.\.?(\/|$))[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/, 'must be a relative path without . or ..');

const envValue = z.union([
  withoutNul,
  z.strictObject({ secretRef: z.string() }).describe('Name of a secret, looked up where the instance is started'),
]);

const interval = (standard: string) =>
  z
    .int()
    .min(1_000)
    .max(3_600_000)
    .optional()
    .describe(`Milliseconds from one look of the runtime to the next; ${standard} when left out`);
const threshold = (what: string) => z.int().min(1).max(100).optional().describe(what);

/** What every health check may say of how the runtime makes it. */
const healthPace = {
  intervalMs: interval('10,000'),
  failureThreshold: threshold('Bad answers in a row that make service_down; 3 when left out'),
  successThreshold: threshold('Good answers in a row that end it; 1 when left out'),
};

const healthCheck = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('http'),
      port: portNumber,
      path: z.string().startsWith('/').default('/'),
      ...healthPace,
    }),
    z.strictObject({ type: z.literal('tcp'), port: portNumber, ...healthPace }),
    z.strictObject({
      type: z.literal('exec'),
      command: argv.describe(
        'Program and arguments, no shell; exit code 0 is good. It gets the variables of env that are no secrets, and PORT',
      ),
      ...healthPace,
    }),
  ])
  .describe('How the instance shows that it is ready; without it, by running');

const usageCheck = z
  .strictObject({
    cpuPercent: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe('Of its processors, from where it is high_cpu; 90 when left out'),
    memoryPercent: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe('Of its memory, from where it is high_memory; 90 when left out'),
    diskFreeMiB: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .optional()
      .describe(
        'Free MiB where it writes, below which it is disk_full; a twentieth of the disk, at most 256, when left out',
      ),
    intervalMs: interval('30,000'),
    failureThreshold: threshold('Looks in a row that make the fault; 6 when left out'),
  })
  .describe('When what it uses is a fault that the runtime reports by itself');

/** What people write of an instance. */
export const instanceSpecSchema = z.strictObject({
  driver: z.enum(['process']).default('process').describe('What runs it; chosen once'),
  image: withoutNul
    .min(1)
    .max(1_000)
    .describe('Folder or tarball; @sha256:<hex> pins its content. New content replaces the instance'),
  command: argv,
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is no name of a variable'), envValue)
    .default({})
    .describe('Variables; a secret as {secretRef: name}'),
  ports: z.array(portNumber).max(50).default([]).describe('TCP ports it listens on; the first becomes PORT'),
  files: z
    .record(relativePath, z.string())
    .default({})
    .describe('Path below the instance → content, kept as written here'),
  scratch: z
    .array(relativePath)
    .max(50)
    .default([])
    .describe('Folders below the instance whose content may be thrown away when its disk is full'),
  type: z
    .enum(Object.keys(instanceTypes) as [string, ...string[]])
    .default('small')
    .describe('Size: limits of processor and memory'),
  healthCheck: healthCheck.optional(),
  usageCheck: usageCheck.optional(),
  desiredState: z
    .enum(['running', 'stopped'])
    .default('running')
    .describe('Whether it runs; stopped keeps its folder and what it wrote'),
});
export type InstanceSpec = z.output<typeof instanceSpecSchema>;

const instanceStatusSchema = z.strictObject({
  driver: z.string(),
  state: z.enum(['running', 'stopped', 'exited']),
  ready: z.boolean(),
  healthCheck: z.strictObject({ command: z.array(z.string()) }).optional(),
  image: z.string(),
  imageDigest: z.string(),
  imageFound: z.string().optional(),
  command: z.array(z.string()),
  env: z.record(z.string(), envValue),
  ports: z.array(z.number()),
  files: z.record(z.string(), z.string()),
  scratch: z.array(z.string()),
  type: z.string(),
  notInForce: z.array(z.string()).optional(),
  pid: z.number().optional(),
  startedAt: z.string().optional(),
  starts: z.number(),
  exitCode: z.union([z.number(), z.literal('unknown')]).optional(),
  limitsEnforced: z.boolean(),
});
export type InstanceStatus = z.output<typeof instanceStatusSchema>;

/** The driver's part of a spec, or of parameters. */
export function toSettings({ image, command, env, ports, files, scratch, type }: InstanceSettings): InstanceSettings {
  return { image, command, env, ports, files, scratch, type };
}

/** The kind Instance over the drivers of this runtime. */
export function createInstanceKind(drivers: ReadonlyMap<string, Driver>) {
  return defineKind({
    kind: 'Instance',
    spec: instanceSpecSchema,
    status: instanceStatusSchema,
    immutable: ['driver'],
    placement: (spec) => drivers.get(spec.driver)?.placement ?? 'anywhere',
    async observe(context, resource) {
      const { key, spec } = resource;
      const driver = drivers.get(spec.driver);
      if (driver === undefined) return unreachable(`this runtime has no driver ${spec.driver}`);
      const observed = await driver.observe(key, spec.image);
      if (observed.type !== 'present') return observed.type === 'absent' ? absent() : observed;
      const { settings, notInForce, ...facts } = observed.status;
      const check = checkOf(resource);
      const program = programOf(check);
      const ready = facts.state === 'running' && (await isReady(driver, key, check, context.signal));
      return present<InstanceStatus>({
        ...facts,
        ...settings,
        command: [...settings.command],
        ports: [...settings.ports],
        scratch: [...settings.scratch],
        ...(notInForce === undefined ? {} : { notInForce: [...notInForce] }),
        driver: driver.name,
        ...(program === undefined ? {} : { healthCheck: { command: [...program] } }),
        ready,
      });
    },
    async watch({ signal }, changed) {
      await Promise.all([...drivers.values()].flatMap((driver) => driver.watch?.(changed, signal) ?? []));
    },
    async evidence({ signal }, resource) {
      const { key, spec } = resource;
      const check = checkOf(resource);
      const driver = drivers.get(spec.driver);
      if (driver === undefined) return [];
      const [observed, log, health] = await Promise.all([
        driver.observe(key, spec.image),
        readLogEnd(driver, key, logTail).catch(describeThrown),
        check === undefined ? undefined : checkHealth(check, { driver, instance: key, signal }),
      ]);
      return [
        { source: 'driver', text: observed.type === 'present' ? showFacts(observed.status) : JSON.stringify(observed) },
        ...(health === undefined ? [] : [{ source: 'health check', text: health.detail }]),
        ...(log === '' ? [] : [{ source: 'log', text: log }]),
      ];
    },
    measure: async (_, { key, spec }) => toMeasurements(await drivers.get(spec.driver)?.usage?.(key)),
    issues: createInstanceIssues(drivers),
    wanted(spec): JsonObject {
      const program = programOf(spec.healthCheck);
      const health = { ready: true, ...(program === undefined ? {} : { healthCheck: { command: [...program] } }) };
      return {
        ...toSettings(spec),
        notInForce: null,
        state: spec.desiredState,
        ...(spec.desiredState === 'running' ? health : {}),
      };
    },
    conditions: ({ limitsEnforced }) =>
      limitsEnforced
        ? []
        : [
            {
              type: 'LimitsNotEnforced',
              status: 'True',
              reason: 'NoCgroup',
              message: 'this host does not let us set limits',
            },
          ],
  });
}

/** Characters of an instance's log that count as its end. */
const logTail = 8_192;

/** All but the settings, which stand in the resource. */
function showFacts(status: InstanceFacts): string {
  return JSON.stringify({ ...status, settings: undefined }, null, 1);
}

async function isReady(
  driver: Driver,
  key: Parameters<Driver['observe']>[0],
  check: HealthCheck | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  return check === undefined || (await checkHealth(check, { driver, instance: key, signal })).healthy;
}
