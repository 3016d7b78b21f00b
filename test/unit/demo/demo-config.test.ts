import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDemoConfig, toDemoCommand } from '../../../scripts/demo/demo-config.ts';
import { environmentFields } from '../../../src/config/environment.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { toServersOptions } from '../../../src/cli/servers-options.ts';

/** A person who works with servers of his own, by his environment and by his file. */
const outside = {
  HOMEOSTAT_DATA_DIR: '/var/lib/theirs',
  HOMEOSTAT_ETCD_ENDPOINTS: 'etcd.theirs:2379',
  HOMEOSTAT_ETCD_ROOT: '/theirs',
  HOMEOSTAT_ETCD_USERNAME: 'theirs',
  HOMEOSTAT_ETCD_PASSWORD: 'theirs',
  HOMEOSTAT_ETCD_PORT: '2379',
  HOMEOSTAT_TEMPORAL_ADDRESS: 'temporal.theirs:7233',
  HOMEOSTAT_TEMPORAL_API_KEY: 'theirs',
  HOMEOSTAT_NOTIFY_WEBHOOKS: 'https://chat.theirs/hook',
  TEMPORAL_ADDRESS: 'other.theirs:7233',
  TEMPORAL_NAMESPACE: 'theirs',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://traces.theirs:4318',
  ANTHROPIC_API_KEY: 'theirs',
  OLLAMA_HOST: 'http://models.theirs:11434',
};
const tools = {
  HOMEOSTAT_CACHE_DIR: '/cache',
  HOMEOSTAT_MIRROR: 'https://mirror.example',
  HOMEOSTAT_TEMPORAL_BINARY: '/bin/temporal',
  HOMEOSTAT_ETCD_BINARY: '/bin/etcd',
};

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'homeostat-demo-config-'));
  file = join(folder, 'homeostat.yaml');
  writeFileSync(
    file,
    'etcd: { endpoints: [file.theirs:2379], binary: /opt/etcd }\n' +
      'temporal: { address: file.theirs:7233 }\n' +
      'heal: { prometheus: { url: https://prometheus.theirs:9090 } }\n',
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

test('no address and no secret from outside is in it, be it of the environment or of a file', () => {
  const environment = { ...outside, HOMEOSTAT_CONFIG: file };
  const config = createDemoConfig('/demo', environment);
  expect(JSON.stringify(config)).not.toContain('theirs');
  expect(config.temporal).not.toHaveProperty('address');
  expect(config.etcd).not.toHaveProperty('endpoints');
  const { temporal, etcd } = toServersOptions(config);
  expect({ temporal, etcd }).toEqual({ temporal: {}, etcd: { binary: '/opt/etcd' } });
});

test('the programs, the mirror and the cache are those from outside, and all else is as nobody said anything', () => {
  const plain = loadConfig({ environment: {}, overrides: { dataDir: '/demo' }, file: '/dev/null' });
  const { file: _, ...standard } = plain;
  expect(createDemoConfig('/demo', { ...outside, ...tools, HOMEOSTAT_CONFIG: '/dev/null' })).toEqual({
    ...standard,
    cacheDir: '/cache',
    mirror: 'https://mirror.example',
    temporal: { ...standard.temporal, binary: '/bin/temporal' },
    etcd: { ...standard.etcd, binary: '/bin/etcd' },
  });
});

test('the command shown to a person goes to the same servers, whatever his settings name', () => {
  expect(toDemoCommand('/demo', tools)).toBe('npm run homeostat -- --data-dir /demo');
  const command = toDemoCommand('/demo', { ...outside, ...tools, HOMEOSTAT_CONFIG: file });
  expect(command).toMatch(/^env (-u \w+ )+HOMEOSTAT_CONFIG=\/dev\/null npm run homeostat -- --data-dir \/demo$/);
  const asides = [...command.matchAll(/-u (\w+)/g)].map(([, name]) => name!);
  const left = Object.entries(outside).filter(([name]) => !asides.includes(name));
  const { temporal, etcd } = loadConfig({ environment: Object.fromEntries(left), file: '/dev/null' });
  expect(JSON.stringify({ temporal, etcd })).not.toContain('theirs');
  expect(asides.every((name) => name in environmentFields || name.startsWith('TEMPORAL_'))).toBe(true);
});
