import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runInProcess } from '../../support/run-in-process.ts';
import { environmentOf } from '../../support/run-program.ts';
import { startTestServers, type TestServers } from '../../support/test-servers.ts';

let servers: TestServers;
beforeAll(async () => {
  servers = await startTestServers();
});
afterAll(() => servers?.stop());

test('logs reads what an instance wrote on a host whose id is configured, and refuses where another is', async () => {
  const key = { tenant: 'default', kind: 'Instance', name: 'web' };
  const { kind, name, tenant } = key;
  await servers.state.changeActual(key, () => ({
    apiVersion: 'homeostat/v1',
    kind,
    metadata: { name, tenant },
    id: '2',
    status: { state: 'Running', settledRevision: 1, drifted: false, failures: 0, conditions: [], owner: 'host-9' },
  }));
  const dataDir = join(servers.folder, 'host');
  const folder = join(dataDir, 'instances', tenant, kind, name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'output.log'), 'one\ntwo\n');
  const run = (host: string) =>
    runInProcess({ ...environmentOf(servers, dataDir), HOMEOSTAT_HOST: host }, ['logs', 'Instance/web', '--tail', '1']);
  expect(await run('host-9')).toEqual({ code: 0, stdout: 'two\n', stderr: '' });
  const elsewhere = await run('host-8');
  expect(elsewhere.code).toBe(1);
  expect(elsewhere.stderr).toMatch(/^HOST_UNREACHABLE Instance\/web: runs on host host-9, and this is host host-8 — /);
});
