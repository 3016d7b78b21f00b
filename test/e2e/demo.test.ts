import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runProgram } from '../support/run-program.ts';
import { binaryOf } from '../support/test-servers.ts';

/** What `npm run demo` shows, with everything in it that differs from run to run made the same. */
const folder = mkdtempSync(join(tmpdir(), 'homeostat-demo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const normalise = (output: string) =>
  output
    .replaceAll(folder, '<folder>')
    .replaceAll(/^ *[0-9]+\.[0-9]s {2}(?:waiting for|Instance\/|…).*\n/gm, '')
    .replaceAll(/^(etcd|temporal) +.*\n/gm, '')
    .replaceAll(/^ *[0-9]+\.[0-9]s/gm, '  <time>')
    .replaceAll(/(process|kill -9) [0-9]+/g, '$1 <pid>')
    .replaceAll(/seal [0-9a-f]{12}/g, 'seal <seal>')
    .replaceAll(/127\.0\.0\.1:[0-9]+/g, '127.0.0.1:<port>');

test('the demonstration survives its three faults and asks before the one dangerous thing', async () => {
  const { code, stdout, stderr } = await runProgram(process.execPath, ['scripts/demo/main.ts', join(folder, 'stage')], {
    environment: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      HOMEOSTAT_TEMPORAL_BINARY: binaryOf('TEMPORAL'),
      HOMEOSTAT_ETCD_BINARY: binaryOf('ETCD'),
      // Somebody's own servers, as far as it knows: it must not touch them.
      HOMEOSTAT_TEMPORAL_ADDRESS: '127.0.0.1:1',
      HOMEOSTAT_ETCD_ENDPOINTS: '127.0.0.1:1',
    },
  });
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(
    /^faults 3 · repaired 3 · effects 6 · doubled 0 · unapproved 0 · model calls 0$/,
  );
  await expect(normalise(stdout)).toMatchFileSnapshot('./demo.golden.txt');
}, 120_000);
