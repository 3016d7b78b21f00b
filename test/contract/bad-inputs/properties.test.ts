import { describe, expect, test } from 'vitest';
import { createFileAgent } from '../../../examples/own-agent/file-agent.ts';
import { checkDesired } from '../../../src/activities/check-desired.ts';
import { createInstanceKind } from '../../../src/agents/instance/instance-kind.ts';
import { toCodedErrors } from '../../../src/domain/failure.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { AnyKind } from '../../../src/domain/kind.ts';
import { createKindCheck } from '../../../src/starters/check-against-kind.ts';
import { toJsonSchema } from '../../../src/tools/tool-schema.ts';
import { createDatabaseAgent, createDatabaseWorld } from '../../support/database-agent.ts';
import { mutate } from '../../support/schema-walk.ts';
import { createWidgetAgent } from '../../support/widget-agent.ts';

const instance = {
  driver: 'process',
  image: 'app',
  command: ['node'],
  env: { MODE: 'a', DB_PASSWORD: { secretRef: 'db-password' } },
  ports: [80],
  files: { 'conf/app.ini': 'a=1' },
  scratch: ['cache'],
  type: 'small',
  desiredState: 'running',
};
const database = {
  engine: 'postgres',
  replicas: 1,
  ratio: 0.5,
  description: 'd',
  version: '17',
  tags: ['t'],
  backup: true,
  backupAt: '0 3 * * *',
  keepFor: 'PT30S',
  createdOn: '2026-02-28',
  restoreTo: '2026-02-28T12:00:00Z',
  env: { MODE: 'a', DB_PASSWORD: { secretRef: 'db-password' } },
};
const pace = { intervalMs: 1_000, failureThreshold: 2, successThreshold: 2 };
const cases: readonly { readonly kind: AnyKind; readonly samples: readonly JsonObject[] }[] = [
  {
    kind: createInstanceKind(new Map()),
    samples: [
      { ...instance, healthCheck: { type: 'http', port: 80, path: '/', ...pace } },
      { ...instance, healthCheck: { type: 'tcp', port: 80, ...pace } },
      { ...instance, healthCheck: { type: 'exec', command: ['true'], ...pace } },
      {
        ...instance,
        usageCheck: { cpuPercent: 80, memoryPercent: 80, diskFreeMiB: 9, intervalMs: 1_000, failureThreshold: 2 },
      },
    ],
  },
  {
    kind: createFileAgent('/no/such/folder').kinds[0]!,
    samples: [{ path: 'a/b.txt', content: 'c' }],
  },
  {
    kind: createWidgetAgent({ effectServer: 'http://none' }).kinds[0]!,
    samples: [{ size: 1, steps: 1 }],
  },
  {
    kind: createDatabaseAgent(createDatabaseWorld()).kinds[0]!,
    samples: [
      { ...database, check: { type: 'tcp', port: 1 } },
      { ...database, check: { type: 'http', port: 1, path: '/' } },
    ],
  },
];

describe.each(cases)('each property of $kind.kind, made wrong in every way, at both doors', ({ kind, samples }) => {
  const schema = toJsonSchema(kind.spec);
  const check = createKindCheck({ kind: kind.kind, agent: 'a', immutable: [], spec: schema, status: {} });
  const apply = (spec: JsonObject) => check.checkSpec(spec).errors;
  const put = (spec: JsonObject) => {
    const value = { apiVersion: 'homeostat/v1', kind: kind.kind, metadata: { name: 'a' }, spec };
    const key = { tenant: 'default', kind: kind.kind, name: 'a' };
    try {
      checkDesired(value, { key, kind, actual: undefined, knownKinds: [kind.kind] });
      return [];
    } catch (error) {
      return toCodedErrors(error);
    }
  };

  test('as it should be, it is accepted', () => {
    for (const sample of samples) expect([...apply(sample), ...put(sample)]).toEqual([]);
  });

  test.each(mutate(schema, samples).map((mutant) => [`${mutant.answer}: ${mutant.reason}`, mutant] as const))(
    '%s',
    (_, { spec, answer }) => {
      for (const errors of [apply(spec), put(spec)]) {
        expect(errors.map(({ code, path }) => `${code} ${path}`)).toEqual([answer]);
        expect(errors[0]!.remedy).toBeDefined();
      }
    },
  );
});
