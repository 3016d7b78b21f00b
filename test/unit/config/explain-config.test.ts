import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeEndpoints } from '../../../src/config/endpoints-file.ts';
import { explainConfig } from '../../../src/config/explain-config.ts';
import { ownIdentity } from '../../../src/servers/index.ts';
import type { ConfigSources } from '../../../src/config/load-config.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'homeostat-explain-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const explain = (sources: ConfigSources) =>
  Object.fromEntries(
    explainConfig({ environment: {}, ...sources }).map(({ field, value, from }) => [field, [value, from]]),
  );

test('tells of each field which layer its value is from', () => {
  const file = join(folder, 'homeostat.yaml');
  writeFileSync(file, 'etcd: {root: /file, caFile: ann}\nretry: {first: 30s}\nruntime: {roles: [worker]}\n');
  const environment = {
    HOMEOSTAT_ETCD_ROOT: '/env',
    HOMEOSTAT_CONCURRENT_ACTIVITIES: '7',
    TEMPORAL_ADDRESS: 'theirs:7233',
  };
  expect(explain({ file, environment, overrides: { dataDir: '/data' } })).toMatchObject({
    dataDir: ['/data', 'command line'],
    'etcd.root': ['/env', 'HOMEOSTAT_ETCD_ROOT'],
    'etcd.caFile': ['ann', file],
    'runtime.roles': [['worker'], file],
    'runtime.concurrentActivities': [7, 'HOMEOSTAT_CONCURRENT_ACTIVITIES'],
    'temporal.address': ['theirs:7233', 'TEMPORAL_*'],
    'retry.first': ['30s', file],
    'retry.longest': ['1h', 'default'],
    'temporal.tls': [false, 'default'],
    'etcd.port': [undefined, 'not set'],
  });
});

test('shows no secret, not even in an address', () => {
  const shown = explain({
    environment: {
      HOMEOSTAT_ETCD_USERNAME: 'ann',
      HOMEOSTAT_ETCD_PASSWORD: 'hush',
      HOMEOSTAT_TEMPORAL_API_KEY: 'hush',
      HOMEOSTAT_MIRROR: 'https://ann:hush@mirror.internal/x',
    },
  });
  expect(shown).toMatchObject({
    'etcd.password': ['***', 'HOMEOSTAT_ETCD_PASSWORD'],
    'temporal.apiKey': ['***', 'HOMEOSTAT_TEMPORAL_API_KEY'],
    mirror: ['https://***@mirror.internal/x', 'HOMEOSTAT_MIRROR'],
  });
  expect(JSON.stringify(shown)).not.toContain('hush');
});

test('the servers that up has started hold where none is configured, for as long as they run', () => {
  const process = ownIdentity();
  const temporal = { address: '127.0.0.1:1234', namespace: 'default', uiUrl: 'http://127.0.0.1:8233', process };
  const etcd = { endpoints: ['http://127.0.0.1:2379'], process };
  writeEndpoints(folder, { temporal, etcd });
  const overrides = { dataDir: folder };
  expect(explain({ overrides })).toMatchObject({
    'temporal.address': ['127.0.0.1:1234', 'homeostat up'],
    'temporal.uiUrl': ['http://127.0.0.1:8233', 'homeostat up'],
    'etcd.endpoints': [['http://127.0.0.1:2379'], 'homeostat up'],
  });
  const environment = { HOMEOSTAT_TEMPORAL_ADDRESS: 'mine:7233' };
  expect(explain({ overrides, environment })).toMatchObject({
    'temporal.address': ['mine:7233', 'HOMEOSTAT_TEMPORAL_ADDRESS'],
    'temporal.namespace': ['default', 'default'],
    'temporal.uiUrl': [undefined, 'not set'],
    'etcd.endpoints': [['http://127.0.0.1:2379'], 'homeostat up'],
  });
  writeEndpoints(folder, { temporal, etcd: { ...etcd, process: { ...process, startTime: 'another boot' } } });
  expect(explain({ overrides })).toMatchObject({
    'temporal.address': ['127.0.0.1:1234', 'homeostat up'],
    'etcd.endpoints': [undefined, 'not set'],
  });
});
