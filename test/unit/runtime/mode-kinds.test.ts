import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import { createRuntime } from '../../../src/runtime/runtime.ts';
import { findUnknownKinds } from '../../../src/runtime/unknown-kinds.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { createDatabaseAgent, createDatabaseWorld } from '../../support/database-agent.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'homeostat-modes-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

test('a runtime whose configuration misspells kinds in its modes does not start, and says all of them', async () => {
  const config = loadConfig({
    environment: {},
    overrides: { dataDir, mode: { kinds: { Database: 'act', Databse: 'observe', Cach: 'propose' } } },
  });
  const agents = [createDatabaseAgent(createDatabaseWorld())];
  const runtime = createRuntime({ agents, config, log: createLogger('error') });
  await expect(runtime.start()).rejects.toThrow(
    [
      'INVALID_CONFIG mode.kinds.Databse: this runtime has no kind Databse — did you mean Database?',
      'INVALID_CONFIG mode.kinds.Cach: this runtime has no kind Cach — did you mean Cache?',
    ].join('\n'),
  );
});

test('kinds that are there are no fault', () => {
  expect(findUnknownKinds(['Cache', 'Database'], ['Database', 'Cache'], (name) => name)).toEqual([]);
});
