import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modeAnnotation, type Mode } from '../../src/domain/mode.ts';
import { runHomeostat } from '../support/run-program.ts';
import { startTestRuntime, type TestRuntime } from '../support/test-runtime.ts';
import { startTestServers, type TestServers } from '../support/test-servers.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * A health check's program runs on the runtime's host. None runs before its change is let through; the oracle is a file that
 * it makes.
 */
let servers: TestServers;
let runtime: TestRuntime;
let sign: string;
let startsFile: string;
let image: string;
const key = { tenant: 'default', kind: 'Instance', name: 'checked' };

beforeAll(async () => {
  servers = await startTestServers();
  sign = join(servers.folder, 'program-ran');
  startsFile = join(servers.folder, 'starts');
  image = join(servers.folder, 'image');
  mkdirSync(image);
  writeFileSync(
    join(image, 'main.mjs'),
    "import { appendFileSync } from 'node:fs'; appendFileSync(process.env.STARTS, process.pid + '\\n'); setInterval(() => {}, 60_000);",
  );
  // Everything is looked at for drift without a pause.
  runtime = await startTestRuntime(servers, { environment: { HOMEOSTAT_SWEEP_EVERY: '2s' } });
});
afterAll(async () => {
  for (const pid of starts()) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
  await runtime?.kill('SIGTERM');
  await servers?.stop();
});

const starts = () => (existsSync(startsFile) ? readFileSync(startsFile, 'utf8').trim().split('\n').map(Number) : []);
const toResource = (command: readonly string[], mode: Mode = 'act') => ({
  apiVersion: 'homeostat/v1',
  kind: key.kind,
  metadata: { name: key.name, annotations: { [modeAnnotation]: mode } },
  spec: {
    image,
    command: ['node', 'main.mjs'],
    env: { STARTS: startsFile },
    healthCheck: { type: 'exec', command },
  },
});
const before = ['/bin/true'];
const after = () => ['/usr/bin/touch', sign];
const want = (...given: Parameters<typeof toResource>) =>
  servers.state.store.commit(
    [],
    [{ type: 'put', key: servers.keys.desired(key), value: JSON.stringify(toResource(...given)) }],
  );
const condition = (type: string, reason: string) =>
  waitFor(`${type} ${reason}`, async () => {
    const { actual, desired } = await servers.state.resources.read(key);
    const status = actual?.record.status;
    const isAsked = type === 'AwaitingApproval' || status?.settledRevision === desired?.modRevision;
    return isAsked ? status?.conditions.find((one) => one.type === type && one.reason === reason) : undefined;
  });
const proposals = async () =>
  (await servers.state.audit.list(key)).filter(({ type }) => type === 'plan-proposed').map(({ detail }) => detail);
const cli = (args: readonly string[], input?: string) => runHomeostat(servers, runtime.dataDir, args, input);
/** Long enough for a sweep, and for what may follow a drift. */
const lookLong = () => sleep(4_500);

test('a changed program runs in no preview, no mode but act, and not after a no; then once, without a restart', async () => {
  await want(before);
  await condition('Ready', 'Converged');
  expect(starts()).toHaveLength(1);

  const preview = await cli(['plan', '-f', '-'], JSON.stringify(toResource(after())));
  expect(preview.stdout).toContain('wait_for_ready');
  expect(existsSync(sign)).toBe(false);

  await want(after(), 'observe');
  const held = await condition('Blocked', 'ObserveOnly');
  expect(held.message).toBe('would update healthCheck.command, but only observes');
  await lookLong();
  expect(existsSync(sign)).toBe(false);

  await want(after(), 'propose');
  const asked = await condition('AwaitingApproval', 'ModePropose');
  expect(asked.message).toContain('every plan waits here (mode propose)');
  await lookLong();
  await cli(['reject', 'Instance/checked', '--yes', '--reason', 'no']);
  await condition('Blocked', 'ApprovalRejected');
  await lookLong();
  expect(existsSync(sign)).toBe(false);

  const earlier = (await proposals()).length;
  await want(after());
  await condition('Ready', 'Converged');
  expect(existsSync(sign)).toBe(true);
  await lookLong();
  const later = (await proposals()).slice(earlier);
  expect(later).toEqual([
    expect.objectContaining({ steps: [expect.objectContaining({ toolName: 'wait_for_ready', riskLevel: 'safe' })] }),
  ]);
  expect(starts()).toHaveLength(1);
});

test('the program of an instance whose record is lost waits for its yes, and then takes one plan without a restart', async () => {
  const other = join(servers.folder, 'other-ran');
  await servers.state.store.commit([], [{ type: 'delete', key: servers.keys.actual(key) }]);
  await want(['/usr/bin/touch', other], 'propose');
  const asked = await condition('AwaitingApproval', 'ModePropose');
  await lookLong();
  expect(existsSync(other)).toBe(false);
  const earlier = (await proposals()).length;
  const [, seal = ''] = /seal ([0-9a-f]{64})/.exec(asked.message)!;
  await cli(['approve', 'Instance/checked', '--yes', '--seal', seal]);
  await condition('Ready', 'Converged');
  await lookLong();
  expect(existsSync(other)).toBe(true);
  expect((await proposals()).slice(earlier)).toEqual([]);
  expect(starts()).toHaveLength(1);
});
