import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import { ownIdentity } from '../../../src/servers/index.ts';
import { findServers } from '../../../src/starters/server-addresses.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'homeostat-addresses-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

const started = {
  temporal: { address: '127.0.0.1:7001', namespace: 'ours', uiUrl: 'http://127.0.0.1:7002' },
  etcd: { endpoints: ['http://127.0.0.1:7003'] },
};
const alive = ownIdentity();
/** This very pid, of another process: as after a reboot. */
const dead = { ...alive, startTime: 'another boot' };
const noted = ({ temporal = alive, etcd = alive } = {}) =>
  JSON.stringify({
    temporal: { ...started.temporal, process: temporal },
    etcd: { ...started.etcd, process: etcd },
  });
const configOf = (environment: NodeJS.ProcessEnv) => loadConfig({ overrides: { dataDir }, environment });
const writeEndpoints = (text: string) => writeFile(join(dataDir, 'endpoints.json'), text);

describe('where the servers are', () => {
  test('is what up left in the data folder', async () => {
    await writeEndpoints(noted());
    expect(findServers(configOf({}))).toEqual(started);
  });

  test('is what was configured, before that', async () => {
    await writeEndpoints(noted({ temporal: dead, etcd: dead }));
    const environment = { HOMEOSTAT_TEMPORAL_ADDRESS: 'temporal:7233', HOMEOSTAT_ETCD_ENDPOINTS: 'a:1,b:2' };
    expect(findServers(configOf(environment))).toEqual({
      temporal: { address: 'temporal:7233', namespace: 'default' },
      etcd: { endpoints: ['a:1', 'b:2'] },
    });
  });

  test.each([
    { reason: 'there is neither', text: undefined },
    { reason: 'the file is half a file', text: '{"temporal":' },
    { reason: 'the file does not say of which processes it speaks', text: JSON.stringify(started) },
  ])('is NOT_RUNNING, with the way out, when $reason', async ({ text }) => {
    if (text !== undefined) await writeEndpoints(text);
    expect(() => findServers(configOf({}))).toThrow(/^NOT_RUNNING .*: no runtime here — start one with: homeostat up/);
  });

  test('is nowhere once the server has ended that was started there, whoever answers by now', async () => {
    await writeEndpoints(noted({ temporal: dead, etcd: dead }));
    const found = findServers(configOf({}));
    expect(() => found.etcd).toThrow(
      /^NOT_RUNNING .*: homeostat up has ended here, or its etcd has — start it again with: homeostat up/,
    );
    expect(() => found.temporal).toThrow(/^NOT_RUNNING .*: homeostat up has ended here, or its Temporal has/);
  });

  test('of one that runs is known while the other is being started again', async () => {
    await writeEndpoints(noted({ temporal: dead }));
    expect(findServers(configOf({})).etcd).toEqual(started.etcd);
  });

  test.each([
    [{ HOMEOSTAT_ETCD_ENDPOINTS: 'a:1' }, 'temporal.address'],
    [{ HOMEOSTAT_TEMPORAL_ADDRESS: 'temporal:7233' }, 'etcd.endpoints'],
  ])(
    'is refused by the name of the missing one, where only %o is configured',
    (environment: NodeJS.ProcessEnv, path) => {
      expect(() => findServers(configOf(environment))).toThrow(`INVALID_CONFIG ${path}: is required`);
    },
  );
});
