import { absent, defineAgent, defineKind, defineTool, happened, present, unknown, z } from '../../src/index.ts';
import type { Agent } from '../../src/index.ts';

/** Fields of every sort a schema can have; what bad inputs are tried on. */
export const databaseSpec = z.strictObject({
  engine: z.enum(['postgres', 'sqlite']).default('postgres'),
  replicas: z.int().min(0).max(100).default(1),
  ratio: z.number().positive().max(1).optional(),
  description: z.string().max(300_000).optional(),
  version: z
    .string()
    .min(1)
    .regex(/^[0-9]+(\.[0-9]+)?$/, 'must be like 17 or 17.2')
    .optional(),
  tags: z.array(z.string()).min(1).max(3).optional(),
  backup: z.boolean().default(true),
  backupAt: z.stringFormat('cron', /^(?:[0-9*,/-]+ ){4}[0-9*,/-]+$/).optional(),
  keepFor: z.iso.duration().optional(),
  createdOn: z.iso.date().optional(),
  restoreTo: z.iso.datetime().optional(),
  env: z
    .record(
      z.string().regex(/^[A-Z_]+$/, 'is no name of a variable'),
      z.union([z.string(), z.strictObject({ secretRef: z.string() })]),
    )
    .default({}),
  check: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('tcp'), port: z.int().min(1).max(65_535) }),
      z.strictObject({ type: z.literal('http'), port: z.int().min(1).max(65_535), path: z.string().default('/') }),
    ])
    .optional(),
});

/** What became of databases: none is real, each effect is noted. */
export interface DatabaseWorld {
  readonly effects: string[];
  readonly replicas: Map<string, number>;
}

export function createDatabaseWorld(): DatabaseWorld {
  return { effects: [], replicas: new Map() };
}

/** An agent of the kinds `Database` and `Cache`, which differ in name alone. */
export function createDatabaseAgent(world: DatabaseWorld): Agent {
  const setReplicas = defineTool({
    name: 'set_replicas',
    description: 'Makes a database have so many replicas',
    riskLevel: 'moderate',
    effect: 'write',
    conditional: true,
    parameters: z.strictObject({ replicas: z.int() }),
    result: z.strictObject({}),
    async execute({ externalName }, { replicas }) {
      world.effects.push(externalName);
      world.replicas.set(externalName, replicas);
      return {};
    },
    probe: async ({ externalName }, { replicas }) =>
      world.replicas.get(externalName) === replicas ? happened({}) : unknown(),
  });
  const drop = defineTool({
    name: 'drop_database',
    description: 'Removes a database',
    riskLevel: 'dangerous',
    effect: 'write',
    conditional: true,
    parameters: z.strictObject({}),
    result: z.strictObject({}),
    async execute({ externalName }) {
      world.effects.push(externalName);
      world.replicas.delete(externalName);
      return {};
    },
    probe: async ({ externalName }) => (world.replicas.has(externalName) ? unknown() : happened({})),
  });
  const defineOne = <const Name extends string>(kind: Name) =>
    defineKind({
      kind,
      spec: databaseSpec,
      status: z.strictObject({ replicas: z.int() }),
      immutable: ['engine'],
      observe: async (_, { externalName }) => {
        const replicas = world.replicas.get(externalName);
        return replicas === undefined ? absent() : present({ replicas });
      },
      wanted: ({ replicas }) => ({ replicas }),
    });
  const rules = {
    create: ({ desired }: { desired: { spec: z.output<typeof databaseSpec> } }) => [
      setReplicas.step({ replicas: desired.spec.replicas }),
    ],
    update: ({ desired }: { desired: { spec: z.output<typeof databaseSpec> } }) => [
      setReplicas.step({ replicas: desired.spec.replicas }),
    ],
    delete: () => [drop.step({})],
  };
  return defineAgent({
    name: 'databases',
    purpose: 'Keeps databases that are none',
    kinds: [defineOne('Database'), defineOne('Cache')],
    tools: [setReplicas, drop],
    rules: { Database: rules, Cache: rules },
  });
}
