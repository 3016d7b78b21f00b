import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { environmentOf, projectRoot, runProgram } from '../support/run-program.ts';
import { binaryOf, startTestServers, type TestServers } from '../support/test-servers.ts';
import { waitFor } from '../support/wait-for.ts';

let servers: TestServers;
let agent: ChildProcess;
let root: string;

beforeAll(async () => {
  servers = await startTestServers();
  root = join(servers.folder, 'files');
  mkdirSync(root);
  agent = spawn(process.execPath, ['examples/own-agent/main.ts', root], {
    cwd: projectRoot,
    env: environmentOf(servers, join(servers.folder, 'own')),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
});
afterAll(async () => {
  agent?.kill('SIGKILL');
  await servers?.stop();
});

const etcdctl = async (args: readonly string[], input?: string) => {
  const { code, stdout, stderr } = await runProgram(
    binaryOf('ETCDCTL'),
    [`--endpoints=${servers.etcdEndpoints.join(',')}`, ...args],
    input === undefined ? {} : { input },
  );
  if (code !== 0) throw new Error(stderr);
  return stdout;
};
const key = '/homeostat/desired/default/File/hello';
const put = (content: string) =>
  etcdctl(
    ['put', key],
    JSON.stringify({
      apiVersion: 'homeostat/v1',
      kind: 'File',
      metadata: { name: 'hello' },
      spec: { path: 'greetings/hello.txt', content },
    }),
  );
const fileText = () => {
  const file = join(root, 'greetings', 'hello.txt');
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
};
const stateOf = async () => {
  const text = await etcdctl(['get', '--print-value-only', key.replace('desired', 'actual')]);
  return text.trim() === ''
    ? undefined
    : (JSON.parse(text) as { status: { state: string; conditions: { type: string; message: string }[] } });
};

test('an agent written against the public door keeps real files: made, changed, and removed once a person agrees', async () => {
  await put('Hello, world.\n');
  await waitFor('the file to be made', () => fileText() === 'Hello, world.\n');
  await waitFor('it to be recorded', async () => (await stateOf())?.status.state === 'Running');

  await put('Hello again.\n');
  await waitFor('the file to be changed', () => fileText() === 'Hello again.\n');
  await waitFor('it to be recorded', async () => (await stateOf())?.status.state === 'Running');

  await etcdctl(['del', key]);
  const asked = await waitFor('the question', async () =>
    (await stateOf())?.status.conditions.find(({ type }) => type === 'AwaitingApproval'),
  );
  expect(fileText()).toBe('Hello again.\n');
  const seal = /seal ([0-9a-f]{64})/.exec(asked.message)![1]!;

  const signalled = await runProgram(binaryOf('TEMPORAL'), [
    'workflow',
    'signal',
    '--address',
    servers.temporalAddress,
    '--workflow-id',
    'reconcile.default.File.hello',
    '--name',
    'approve',
    '--input',
    JSON.stringify({ seal, approver: 'ann' }),
  ]);
  expect(signalled.code).toBe(0);
  await waitFor('the file to be gone', () => fileText() === undefined);
  await waitFor('the record to be gone', async () => (await stateOf()) === undefined);
});

test('a file that somebody else edited is not touched until a run looks', async () => {
  await put('Mine.\n');
  await waitFor('the file to be made', () => fileText() === 'Mine.\n');
  await waitFor('it to be recorded', async () => (await stateOf())?.status.state === 'Running');
  writeFileSync(join(root, 'greetings', 'hello.txt'), 'Theirs.\n');
  await put('Mine.\n');
  await waitFor('the file to be put right', () => fileText() === 'Mine.\n');
});
