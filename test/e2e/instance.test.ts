import { mkdirSync, readFileSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ActualRecord } from '../../src/domain/actual.ts';
import { findFreePort } from '../../src/servers/index.ts';
import { runHomeostat, runProgram } from '../support/run-program.ts';
import { startTestRuntime, type TestRuntime } from '../support/test-runtime.ts';
import { binaryOf, startTestServers, type TestServers } from '../support/test-servers.ts';
import { waitFor } from '../support/wait-for.ts';

/** A whole life of instances through both ways in: our command line, and plain etcdctl with Temporal's own. */
let servers: TestServers;
let runtime: TestRuntime;
let image: string;
let startsFile: string;

const program = `
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
appendFileSync(process.env.STARTS, process.pid + '\\n');
createServer((_, response) => response.end(process.env.GREETING ?? 'hello')).listen(Number(process.env.PORT), '127.0.0.1');
`;

beforeAll(async () => {
  servers = await startTestServers();
  image = join(servers.folder, 'image');
  startsFile = join(servers.folder, 'starts');
  mkdirSync(image);
  writeFileSync(join(image, 'server.mjs'), program);
  runtime = await startTestRuntime(servers);
});
afterAll(async () => {
  for (const name of ['by-command', 'by-etcdctl', 'kept']) await removeQuietly(name);
  await runtime?.kill('SIGTERM');
  await servers?.stop();
});

const cli = (args: readonly string[], input?: string) => runHomeostat(servers, runtime.dataDir, args, input);
const toResource = (name: string, port: number, changes: object = {}, metadata: object = {}) => ({
  apiVersion: 'homeostat/v1',
  kind: 'Instance',
  metadata: { name, ...metadata },
  spec: {
    image,
    command: ['node', 'server.mjs'],
    env: { STARTS: startsFile },
    ports: [port],
    healthCheck: { type: 'http', port, path: '/' },
    ...changes,
  },
});
const keyOf = (name: string) => ({ tenant: 'default', kind: 'Instance', name });
const actual = async (name: string): Promise<ActualRecord | undefined> =>
  (await servers.state.resources.read(keyOf(name))).actual?.record;
const running = (name: string, pid?: number) =>
  waitFor(`${name} to run`, async () => {
    const { desired, actual: record } = await servers.state.resources.read(keyOf(name));
    const status = record?.record.status;
    if (status?.state !== 'Running' || status.settledRevision !== desired?.modRevision) return undefined;
    return status.observed?.pid === pid
      ? undefined
      : (status.observed as { pid: number; state: string; starts: number });
  });
const starts = () => (existsSync(startsFile) ? readFileSync(startsFile, 'utf8').trim().split('\n') : []);
const awaitingSeal = (name: string) =>
  waitFor(`${name} to wait for approval`, async () => {
    const condition = (await actual(name))?.status.conditions.find(({ type }) => type === 'AwaitingApproval');
    return /seal ([0-9a-f]{64})/.exec(condition?.message ?? '')?.[1];
  });
async function removeQuietly(name: string): Promise<void> {
  const pid = (await actual(name).catch(() => undefined))?.status.observed?.pid;
  try {
    if (typeof pid === 'number') process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

test('an instance applied by command line and one put by etcdctl end the same, deletes approved by either door', async () => {
  const [first, second] = [await findFreePort(), await findFreePort()];
  const applied = await cli(['apply', '-f', '-'], JSON.stringify(toResource('by-command', first)));
  expect(applied).toMatchObject({ code: 0 });
  const put = await runProgram(
    binaryOf('ETCDCTL'),
    [`--endpoints=${servers.etcdEndpoints[0]}`, 'put', '/homeostat/desired/default/Instance/by-etcdctl'],
    { input: JSON.stringify(toResource('by-etcdctl', second)) },
  );
  expect(put.code).toBe(0);
  await running('by-command');
  await running('by-etcdctl');
  for (const port of [first, second]) expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello');

  const comparable = async (name: string) => {
    const { stdout } = await cli(['get', `Instance/${name}`, '--output', 'json']);
    const { status } = JSON.parse(stdout) as { status: ActualRecord['status'] & { observed: Record<string, unknown> } };
    const { pid: _pid, startedAt: _startedAt, ports: _ports, ...observed } = status.observed;
    return { state: status.state, conditions: status.conditions, observed };
  };
  expect(await comparable('by-command')).toEqual(await comparable('by-etcdctl'));

  expect(await cli(['delete', 'Instance/by-command'])).toMatchObject({ code: 0 });
  await runProgram(binaryOf('ETCDCTL'), [
    `--endpoints=${servers.etcdEndpoints[0]}`,
    'del',
    '/homeostat/desired/default/Instance/by-etcdctl',
  ]);
  await awaitingSeal('by-command');
  const seal = await awaitingSeal('by-etcdctl');
  expect(await (await fetch(`http://127.0.0.1:${first}/`)).text()).toBe('hello');
  expect(await cli(['approve', 'Instance/by-command', '--yes', '--as', 'ann'])).toMatchObject({ code: 0 });
  await runProgram(binaryOf('TEMPORAL'), [
    'workflow', 'signal', '--address', servers.temporalAddress,
    '--workflow-id', 'reconcile.default.Instance.by-etcdctl', '--name', 'approve',
    '--input', JSON.stringify({ seal, approver: 'ann' }),
  ]); // prettier-ignore
  for (const name of ['by-command', 'by-etcdctl']) {
    await waitFor(`${name} to be gone`, async () => (await actual(name)) === undefined);
    const decided = (await servers.state.audit.list(keyOf(name))).find(({ type }) => type === 'approval-decided');
    expect(decided?.detail).toMatchObject({ decision: { verdict: 'approved', approver: 'unverified:ann' } });
    expect(await servers.state.audit.verify(keyOf(name))).toBeUndefined();
  }
  for (const port of [first, second]) await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
});

test('changes are made in place, stop and start are heard, a production replacement waits', async () => {
  const port = await findFreePort();
  const metadata = { labels: { env: 'production' } };
  const apply = async (changes: object = {}) => {
    const { code, stderr } = await cli(
      ['apply', '-f', '-'],
      JSON.stringify(toResource('kept', port, changes, metadata)),
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
  };
  const environment = { STARTS: startsFile };
  await apply();
  const first = await running('kept');

  await apply({ env: { ...environment, GREETING: 'good day' } });
  const second = await running('kept', first.pid);
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('good day');
  expect(second.starts).toBe(2);

  await apply({ env: { ...environment, GREETING: 'good day' }, desiredState: 'stopped' });
  await waitFor('it to be stopped', async () => (await actual('kept'))?.status.observed?.state === 'stopped');
  await apply({ env: { ...environment, GREETING: 'good day' } });
  await running('kept', second.pid);

  writeFileSync(join(image, 'extra.txt'), 'a new image');
  await apply({ env: environment });
  await awaitingSeal('kept');
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('good day');
  // Whoever saw the new image alone has asked before, and what is desired now made that question void.
  const reject = () => cli(['reject', 'Instance/kept', '--reason', 'not today', '--yes']);
  await waitFor('the no to be taken', async () => (await reject()).code === 0);
  await waitFor('the rejection', async () =>
    (await actual('kept'))?.status.conditions.some(
      ({ reason, message }) => reason === 'ApprovalRejected' && message.includes('not today'),
    ),
  );
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('good day');
});

test('the runtime may be killed and started again: instances live on, nothing is started twice', async () => {
  const before = starts().length;
  const { pid } = (await actual('kept'))!.status.observed as { pid: number };
  await runtime.kill('SIGKILL');
  runtime = await startTestRuntime(servers);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect(starts()).toHaveLength(before);
  expect(() => process.kill(pid, 0)).not.toThrow();
});
