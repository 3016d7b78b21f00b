import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ConfigInput } from '../../../src/config/config-schema.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { toCodedErrors } from '../../../src/domain/failure.ts';
import { createRuntime } from '../../../src/runtime/runtime.ts';
import { findUnknown } from '../../../src/runtime/find-unknown.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { createDatabaseAgent, createDatabaseWorld } from '../../support/database-agent.ts';

let folder: string;
let dataDir: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'homeostat-named-'));
  dataDir = join(folder, 'data');
});
afterEach(() => rmSync(folder, { recursive: true }));

const start = (overrides: ConfigInput) => {
  const config = loadConfig({ environment: {}, overrides: { dataDir, ...overrides } });
  const agents = [createDatabaseAgent(createDatabaseWorld())];
  return createRuntime({ agents, config, log: createLogger('error') }).start();
};

test('a runtime whose configuration misspells kinds in its modes does not start, and says all of them', async () => {
  await expect(start({ mode: { kinds: { Database: 'act', Databse: 'observe', Cach: 'propose' } } })).rejects.toThrow(
    [
      'INVALID_CONFIG mode.kinds.Databse: this runtime has no kind Databse — did you mean Database?',
      'INVALID_CONFIG mode.kinds.Cach: this runtime has no kind Cach — did you mean Cache?',
    ].join('\n'),
  );
});

test('a runtime that is not told where Temporal is leaves nothing behind', async () => {
  await expect(start({ etcd: { endpoints: ['127.0.0.1:1'] } })).rejects.toThrow(/temporal/i);
  expect(readdirSync(folder)).toEqual([]);
});

test('all that is wrong with what a configuration names is said at once, before a file is written or a server asked', async () => {
  const runbooks = join(folder, 'runbooks');
  mkdirSync(runbooks);
  writeFileSync(join(runbooks, 'bad.md'), 'Remove old logs.');
  let asked = 0;
  const server = createServer((socket) => {
    asked += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const refused = await start({
    temporal: { address: `127.0.0.1:${port}` },
    etcd: { endpoints: [`127.0.0.1:${port}`], caFile: join(folder, 'none.pem'), certFile: folder, keyFile: folder },
    mode: { kinds: { Databse: 'observe' } },
    models: { planning: { databases: 'model', database: 'model', scaler: 'rules-first' } },
    heal: { runbooks },
  }).catch(toCodedErrors);
  await new Promise((resolve) => server.close(resolve));
  expect(refused).toMatchObject(
    [
      'models.planning.database',
      'models.planning.scaler',
      'mode.kinds.Databse',
      join(runbooks, 'bad.md'),
      'etcd.caFile',
      'etcd.certFile',
      'etcd.keyFile',
    ].map((path) => ({ code: 'INVALID_CONFIG', path, remedy: expect.any(String) as string })),
  );
  expect(readdirSync(folder)).toEqual(['runbooks']);
  expect(asked).toBe(0);
});

test('kinds that are there are no fault', () => {
  expect(findUnknown('kind', ['Cache', 'Database'], ['Database', 'Cache'], (name) => name)).toEqual([]);
});
