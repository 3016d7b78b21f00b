import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ActualStatus } from '../../src/domain/actual.ts';
import { findFreePort } from '../../src/servers/index.ts';
import { toAlert, toWebhook } from '../support/alerts.ts';
import { closedIncident } from '../support/closed-incident.ts';
import { freezeProcess } from '../support/freeze-process.ts';
import { runHomeostat } from '../support/run-program.ts';
import { startTestRuntime, type TestRuntime } from '../support/test-runtime.ts';
import { startTestServers, type TestServers } from '../support/test-servers.ts';
import { waitFor } from '../support/wait-for.ts';

/** A real process that hangs: Alertmanager says so, and it answers again. The oracle is the file it writes its starts to. */
const token = 'a-token-of-a-test';
let servers: TestServers;
let runtime: TestRuntime;
let intakeUrl: string;
let image: string;
let startsFile: string;

const program = `
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
appendFileSync(process.env.STARTS, process.pid + '\\n');
console.log('serving');
createServer((_, response) => response.end('well')).listen(Number(process.env.PORT), '127.0.0.1');
`;
const starts = () =>
  existsSync(startsFile)
    ? readFileSync(startsFile, 'utf8')
        .trim()
        .split('\n')
        .map((line) => Number(line))
    : [];

beforeAll(async () => {
  servers = await startTestServers();
  image = join(servers.folder, 'image');
  startsFile = join(servers.folder, 'starts');
  mkdirSync(image);
  writeFileSync(join(image, 'main.mjs'), program);
  const port = await findFreePort();
  intakeUrl = `http://127.0.0.1:${port}`;
  const environment = { HOMEOSTAT_INTAKE_TOKEN: token, HOMEOSTAT_INTAKE_PORT: String(port) };
  runtime = await startTestRuntime(servers, { environment });
});
afterAll(async () => {
  for (const pid of starts()) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
  await runtime?.kill('SIGTERM');
  await servers?.stop();
});

const key = { tenant: 'default', kind: 'Instance', name: 'web' };
const status = async (): Promise<ActualStatus | undefined> =>
  (await servers.state.resources.read(key)).actual?.record.status;
const alert = (state: 'firing' | 'resolved') =>
  fetch(`${intakeUrl}/v1/alerts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(toWebhook([toAlert({ status: state })])),
  });

test('an instance that hangs is restarted for an alert, proven to answer, and shown as an incident', async () => {
  const port = await findFreePort();
  const resource = {
    apiVersion: 'homeostat/v1',
    kind: 'Instance',
    metadata: { name: 'web' },
    spec: {
      image,
      command: ['node', 'main.mjs'],
      env: { STARTS: startsFile },
      ports: [port],
      healthCheck: { type: 'http', port, path: '/' },
    },
  };
  const applied = await runHomeostat(servers, runtime.dataDir, ['apply', '-f', '-'], JSON.stringify(resource));
  expect(applied).toMatchObject({ code: 0 });
  await waitFor('it to run', async () => (await status())?.state === 'Running');
  const [pid] = starts();
  await freezeProcess(pid!);

  expect((await alert('firing')).status).toBe(200);
  const incident = await closedIncident(servers.state.incidents, key);
  expect(incident).toMatchObject({
    state: 'resolved',
    attempts: [{ steps: ['s1 restart_instance: done', 's2 wait_for_ready: done'] }],
  });
  expect(starts()).toHaveLength(2);
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('well');

  const shown = await runHomeostat(servers, runtime.dataDir, ['incidents', '--all']);
  expect(shown.stdout).toMatch(/Instance\/web +service_down +resolved/i);
  // What is said to be over needs nobody.
  expect((await alert('resolved')).status).toBe(200);
  expect(starts()).toHaveLength(2);
});
