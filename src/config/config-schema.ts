import { z } from 'zod';
import { isDnsLabel } from '../domain/identity.ts';
import { modes } from '../domain/mode.ts';
import { modelsSchema } from './models-schema.ts';
import { count, duration, listOf } from './schema-parts.ts';

function isHostAndPort(text: string): boolean {
  const match = /^[^\s:/]+:([0-9]{1,5})$/.exec(text);
  return match !== null && Number(match[1]) >= 1 && Number(match[1]) <= 65_535;
}

const port = z.coerce.number().int().min(1).max(65_535);

export const runtimeRoles = ['worker', 'watcher'] as const;
export type RuntimeRole = (typeof runtimeRoles)[number];

/** The one schema of `homeostat.yaml`. Every field can be overridden by a `HOMEOSTAT_*` variable, see `environment.ts`. */
export const configSchema = z.strictObject({
  /** Where servers, instances, logs and the host's id are kept. */
  dataDir: z.string().min(1).default('.homeostat'),
  temporal: z
    .strictObject({
      /** host:port of a Temporal service; without it one is started. */
      address: z.string().refine(isHostAndPort, 'must be host:port').optional(),
      namespace: z.string().min(1).default('default'),
      apiKey: z.string().min(1).optional(),
      tls: z.stringbool().or(z.boolean()).default(false),
      /** Web address of the Temporal UI, for links; known by itself when we start the server. */
      uiUrl: z.url().optional(),
      binary: z.string().min(1).optional(),
      port: port.optional(),
      uiPort: port.optional(),
    })
    .prefault({}),
  etcd: z
    .strictObject({
      /** Endpoints of an etcd cluster; without them one is started. In the environment separated by commas. */
      endpoints: listOf(
        z.string().refine((text) => isHostAndPort(text.replace(/^https?:\/\//, '')), 'must be host:port'),
      ).optional(),
      root: z
        .string()
        .regex(/^(\/[A-Za-z0-9._-]+)+$/, 'must be like /homeostat')
        .default('/homeostat'),
      username: z.string().min(1).optional(),
      password: z.string().min(1).optional(),
      /** Files with the certificate authority, client certificate and key, PEM. */
      caFile: z.string().optional(),
      certFile: z.string().optional(),
      keyFile: z.string().optional(),
      binary: z.string().min(1).optional(),
      port: port.optional(),
    })
    .prefault({}),
  /** Base address that official releases are fetched from instead, for mirrors and air gaps. */
  mirror: z.url({ protocol: /^https?$/ }).optional(),
  runtime: z
    .strictObject({
      roles: listOf(z.enum(runtimeRoles)).default([...runtimeRoles]),
      /** This host's id; without it one is made and kept with the data. */
      host: z.string().refine(isDnsLabel, 'must be a DNS label').optional(),
      healthPort: port.optional(),
      /** Steps and observations at once, per worker. */
      concurrentActivities: count(50),
      concurrentWorkflowTasks: count(40),
      /** Tool steps a second over all workers of the queue; without it no limit. */
      toolsPerSecond: z.coerce.number().positive().optional(),
      /** How long running steps may finish after a stop was asked for, and when the process ends regardless. */
      shutdownGrace: duration('10s'),
      shutdownForce: duration('20s'),
    })
    .prefault({}),
  approvals: z.strictObject({ expireAfter: duration('24h') }).prefault({}),
  /** Back-off of resources that ended blocked: doubling from first to longest. */
  retry: z.strictObject({ first: duration('1m'), longest: duration('1h') }).prefault({}),
  /** How far the runtime goes by itself where a resource's annotation does not say: by kind, else by tenant, else for all. */
  mode: z
    .strictObject({
      default: z.enum(modes).default('act'),
      kinds: z.record(z.string(), z.enum(modes)).default({}),
      tenants: z.record(z.string(), z.enum(modes)).default({}),
    })
    .prefault({}),
  /** How often everything is looked at again, in case nobody told of a change. */
  sweep: z.strictObject({ every: duration('5m') }).prefault({}),
  /** Language models: whom to ask, for what, at which price. None is needed where rules reach. */
  models: modelsSchema,
  log: z
    .strictObject({ level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info') })
    .prefault({}),
});

/** Effective configuration; durations in milliseconds. */
export type Config = z.output<typeof configSchema>;
export type ConfigInput = z.input<typeof configSchema>;
