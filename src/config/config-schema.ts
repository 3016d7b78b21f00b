import { z } from 'zod';
import { parseDuration } from '../domain/duration.ts';
import { isDnsLabel } from '../domain/identity.ts';
import { modes } from '../domain/mode.ts';
import { healSchema } from './heal-schema.ts';
import { modelsSchema } from './models-schema.ts';
import { notifySchema } from './notify-schema.ts';
import { count, duration, flag, list, number, secret, text } from './schema-parts.ts';

function isHostAndPort(text: string): boolean {
  const match = /^(?:[^\s:/[\]]+|\[[0-9a-fA-F:.]+\]):([0-9]{1,5})$/.exec(text);
  return match !== null && Number(match[1]) >= 1 && Number(match[1]) <= 65_535;
}

const port = (description: string) => number(z.number().int().min(1).max(65_535)).optional().describe(description);
const file = (description: string) => z.string().optional().describe(description);

export const runtimeRoles = ['worker', 'watcher'] as const;
export type RuntimeRole = (typeof runtimeRoles)[number];

const standardGrace = '10s';

/**
 * The one schema of `homeostat.yaml`. Every field can be overridden by a `HOMEOSTAT_*` variable, but for
 * those that hold names of a user's own, see `environment.ts` and `docs/configuration.md`.
 * The descriptions are what `homeostat config` and `docs/configuration.md` say.
 */
export const configSchema = z.strictObject({
  dataDir: z
    .string()
    .min(1)
    .default('.homeostat')
    .describe("Folder for the servers' data, the instances, logs and the host's id."),
  temporal: z
    .strictObject({
      address: z
        .string()
        .refine(isHostAndPort, 'must be host:port')
        .optional()
        .describe('`host:port` of a Temporal service. Without it `up` starts one.'),
      namespace: z.string().min(1).default('default').describe('Namespace to work in.'),
      apiKey: secret('API key for the service.'),
      tls: flag(false, 'Whether the connection is encrypted.'),
      uiUrl: z
        .url()
        .optional()
        .describe('Web address of the Temporal UI, for links. Known by itself where `up` starts the server.'),
      binary: text('Program to start the server with, in place of one that is found or fetched.'),
      port: port('Port of the server that `up` starts. Without it 7233, or a free one.'),
      uiPort: port('Port of its web interface. Without it 8233, or a free one.'),
    })
    .prefault({}),
  etcd: z
    .strictObject({
      endpoints: list
        .pipe(
          z
            .array(z.string().refine((text) => isHostAndPort(text.replace(/^https?:\/\//, '')), 'must be host:port'))
            .min(1),
        )
        .optional()
        .describe('`host:port` of each member of an etcd cluster. Without them `up` starts one.'),
      root: z
        .string()
        .regex(/^(\/[A-Za-z0-9._-]+)+$/, 'must be like /homeostat')
        .default('/homeostat')
        .describe('What all keys begin with.'),
      username: text('User to log in as.'),
      password: secret('Password of that user.'),
      caFile: file('PEM file with the certificate authority of the cluster.'),
      certFile: file('PEM file with our certificate.'),
      keyFile: file('PEM file with the key of our certificate.'),
      binary: text('Program to start the server with, in place of one that is found or fetched.'),
      port: port('Port of the server that `up` starts. Without it 2379, or a free one.'),
    })
    .refine(({ username, password }) => username === undefined || password !== undefined, {
      error: 'needs password beside it',
      path: ['username'],
    })
    .refine(({ username, password }) => password === undefined || username !== undefined, {
      error: 'needs username beside it',
      path: ['password'],
    })
    .refine(({ certFile, keyFile }) => certFile === undefined || keyFile !== undefined, {
      error: 'needs keyFile beside it',
      path: ['certFile'],
    })
    .refine(({ certFile, keyFile }) => keyFile === undefined || certFile !== undefined, {
      error: 'needs certFile beside it',
      path: ['keyFile'],
    })
    .prefault({}),
  mirror: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Base address that official releases are fetched from instead, for mirrors and air gaps.'),
  runtime: z
    .strictObject({
      roles: list
        .pipe(z.array(z.enum(runtimeRoles)).min(1))
        .default([...runtimeRoles])
        .describe('What this process does: `worker` works on runs, `watcher` watches etcd and starts them.'),
      host: z
        .string()
        .refine(isDnsLabel, 'must be a DNS label')
        .optional()
        .describe("This host's id. Without it one is made and kept with the data."),
      healthHost: z
        .string()
        .min(1)
        .default('127.0.0.1')
        .describe(
          'Address that `/healthz`, `/readyz` and `/metrics` are served on. They have no authentication: expose them beyond loopback only on a trusted network.',
        ),
      healthPort: port('Port of `/healthz`, `/readyz` and `/metrics`. Without it a free one.'),
      concurrentActivities: count(50, 'Steps and observations at once, per worker.'),
      concurrentWorkflowTasks: count(40, 'Decisions of runs at once, per worker.'),
      toolsPerSecond: number(z.number().positive())
        .optional()
        .describe(
          'Activities a second that look at real things or change them, for each queue over all its workers: one for what any host can do, one a host for what only it can. Without it no limit.',
        ),
      shutdownGrace: duration(standardGrace, 'How long running steps may finish after a stop was asked for.'),
      shutdownForce: duration('20s', 'When the process ends regardless.'),
    })
    .superRefine(({ shutdownGrace, shutdownForce }, context) => {
      if (shutdownGrace <= shutdownForce) return;
      // At the one that was set: the other may be the default.
      const isForceSet = shutdownGrace === parseDuration(standardGrace, 'duration');
      context.addIssue({
        code: 'custom',
        ...(isForceSet
          ? { path: ['shutdownForce'], message: `must not be shorter than shutdownGrace, ${shutdownGrace / 1000}s` }
          : { path: ['shutdownGrace'], message: `must not be longer than shutdownForce, ${shutdownForce / 1000}s` }),
      });
    })
    .prefault({}),
  approvals: z
    .strictObject({ expireAfter: duration('24h', 'How long a plan waits for a person; then it counts as rejected.') })
    .prefault({}),
  retry: z
    .strictObject({
      first: duration('1m', 'How soon a resource that ended blocked is tried again; doubling each time.'),
      longest: duration('1h', 'What that pause grows to at most.'),
    })
    .prefault({}),
  mode: z
    .strictObject({
      default: z
        .enum(modes)
        .default('act')
        .describe("How far the runtime goes by itself, where neither the resource's annotation nor what follows says."),
      kinds: z.record(z.string(), z.enum(modes)).default({}).describe('The same for kinds by name; before tenants.'),
      tenants: z.record(z.string(), z.enum(modes)).default({}).describe('The same for tenants by name.'),
    })
    .prefault({}),
  sweep: z
    .strictObject({ every: duration('5m', 'How often everything is looked at, in case nobody told of a change.') })
    .prefault({}),
  models: modelsSchema,
  intake: z
    .strictObject({
      host: z
        .string()
        .min(1)
        .default('127.0.0.1')
        .describe(
          'Address that `POST /v1/alerts` and `POST /v1/issues` are served on. The token comes over it in the clear: beyond loopback only behind a proxy with TLS.',
        ),
      port: port('Port of them. Without it a free one.'),
      token: secret('Who says it may report faults of every resource. Without it nothing is taken in.'),
    })
    .prefault({}),
  heal: healSchema,
  notify: notifySchema,
  telemetry: z
    .strictObject({
      traces: z
        .url({ protocol: /^https?$/ })
        .optional()
        .describe(
          'Where spans are posted as OTLP over HTTP, such as http://127.0.0.1:4318/v1/traces. Without it, and without OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or OTEL_EXPORTER_OTLP_ENDPOINT, nothing is traced.',
        ),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z
        .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
        .default('info')
        .describe("The least important lines in the runtime's log."),
    })
    .prefault({}),
});

/** Effective configuration; durations in milliseconds. */
export type Config = z.output<typeof configSchema>;
export type ConfigInput = z.input<typeof configSchema>;
